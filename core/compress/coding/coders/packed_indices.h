#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/compress/coding/coders/coder_parts.h"
#include "core/compress/coding/relative_index.h"

namespace convolab {

// Indices of the same number of bits each: kept, b, then the symbols. b is what costs least, each filler at its price.

/// How many weights are kept and where.
void writePackedIndices(BitWriter& writer, std::span<const std::uint8_t> keep, CodedBits& spent);

struct KeptPositions {
    std::int64_t kept = 0;
    std::vector<std::int64_t> positions;  ///< empty where every weight is kept
};
/// Refuses counts that the rest of the bytes cannot hold at `bitsPerValue` or more for each kept weight.
Result<KeptPositions> readPackedIndices(BitReader& reader, std::int64_t count, int bitsPerValue);

/// What a reader of indices does with its symbols, whatever their code: `next` gives one or nothing.
template <class Next>
Result<std::vector<std::int64_t>> readPositions(std::int64_t kept, std::int64_t count, int bits, Next next) {
    std::vector<std::int64_t> positions;
    IndexReader index(count, bits);
    while (static_cast<std::int64_t>(positions.size()) < kept) {
        const std::optional<std::uint8_t> symbol = next();
        if (!symbol) return damagedTensor("its indices end too early");
        const std::optional<std::int64_t> position = index.next(*symbol);
        if (!position) return damagedTensor("an index lies behind its last weight");
        if (*position >= 0) positions.push_back(*position);
    }
    return positions;
}

}  // namespace convolab
