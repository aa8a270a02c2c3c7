#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/compress/coding/bit_stream.h"

namespace convolab {

/// A canonical Huffman code over the symbols 0 … n − 1, n ≤ 256: only the lengths are stored, 4 bits a symbol, so no length
/// is above 15. Where plain Huffman would go deeper (counts that grow like Fibonacci numbers), package-merge (Larmore and
/// Hirschberg 1990) gives the best code within the limit.
class HuffmanCode {
  public:
    static constexpr int kLongest = 15;

    /// From how often each symbol occurs; a symbol that does not occur gets no code. A lone symbol takes one bit.
    explicit HuffmanCode(std::span<const std::int64_t> counts);

    const std::vector<std::uint8_t>& lengths() const { return m_lengths; }  ///< bits of each symbol; 0: it does not occur
    std::int64_t tableBits() const;                                         ///< of the stored lengths
    std::int64_t messageBits(std::span<const std::int64_t> counts) const;   ///< of such a message, without the table

    void writeTable(BitWriter& writer) const;
    void write(BitWriter& writer, std::uint8_t symbol) const;

    /// Nothing where the lengths make no complete code, or the table ends too early.
    static std::optional<HuffmanCode> readTable(BitReader& reader);
    std::optional<std::uint8_t> read(BitReader& reader) const;  ///< nothing at the end of the bits or for no symbol's code

  private:
    HuffmanCode() = default;
    bool makeCodes();  // false: the lengths are of no complete code

    std::vector<std::uint8_t> m_lengths;
    std::vector<std::uint16_t> m_codes;
    std::vector<std::uint8_t> m_sorted;                  // symbols by code
    std::uint32_t m_firstCode[kLongest + 2] = {};        // of each length
    std::uint32_t m_firstIndex[kLongest + 2] = {};       // into m_sorted
    std::uint32_t m_lengthCount[kLongest + 2] = {};
};

/// What a message with these counts takes, its table included; 0 for an empty one.
std::int64_t huffmanBits(std::span<const std::int64_t> counts);

}  // namespace convolab
