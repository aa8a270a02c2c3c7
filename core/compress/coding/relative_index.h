#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convolab {

// Where the kept weights of a tensor lie, as Han et al. 2016 (section 3) store it: each by its distance from the one
// before, in b bits. Their filler zero for a longer gap takes an index and a weight; here the largest index alone says
// "2^b − 1 zeros and no weight", so that a filler costs no weight.

constexpr int kMostIndexBits = 8;

/// How many weights are skipped before each kept one, and how often each number occurs.
class Gaps {
  public:
    /// One byte per weight, 0 = pruned.
    explicit Gaps(std::span<const std::uint8_t> keep);

    std::int64_t kept() const { return m_kept; }
    bool everyWeight() const { return m_kept == m_total; }
    /// Index symbols of b bits: how often each of the 2^b occurs. The tail behind the last kept weight takes none.
    std::vector<std::int64_t> symbolCounts(int bits) const;

  private:
    std::vector<std::int64_t> m_short;  // how often each gap below its size occurs
    std::vector<std::int64_t> m_long;   // the others
    std::int64_t m_kept = 0;
    std::int64_t m_total = 0;
};

/// The index symbols, 1 ≤ bits ≤ 8.
std::vector<std::uint8_t> indexSymbols(std::span<const std::uint8_t> keep, int bits);

/// The way back, a symbol at a time: for a tensor of `total` weights.
class IndexReader {
  public:
    IndexReader(std::int64_t total, int bits) : m_total(total), m_filler((1 << bits) - 1) {}
    /// The position of the next kept weight, −1 for a filler; nothing where it would lie past the end.
    std::optional<std::int64_t> next(std::uint8_t symbol);

  private:
    std::int64_t m_total;
    int m_filler;
    std::int64_t m_next = 0;
};

/// Which kept weights there are in values: those that are not +0 (to the bit, so that −0 survives).
std::vector<std::uint8_t> keptOf(std::span<const float> values);

}  // namespace convolab
