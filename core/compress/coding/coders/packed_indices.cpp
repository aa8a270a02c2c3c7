#include "core/compress/coding/coders/packed_indices.h"

#include "core/compress/coding/coders/index_width.h"
#include "core/util/text.h"

namespace convolab {

void writePackedIndices(BitWriter& writer, std::span<const std::uint8_t> keep, CodedBits& spent) {
    const Gaps gaps(keep);
    writer.number(static_cast<std::uint64_t>(gaps.kept()));
    spent.indexBits = gaps.everyWeight() ? 0 : packedIndexWidth(gaps);
    writer.byte(static_cast<std::uint8_t>(spent.indexBits));
    if (spent.indexBits == 0) return;
    for (const std::uint8_t symbol : indexSymbols(keep, spent.indexBits)) {
        writer.bits(symbol, spent.indexBits);
        spent.indices += spent.indexBits;
    }
}

Result<KeptPositions> readPackedIndices(BitReader& reader, std::int64_t count, int bitsPerValue) {
    const std::uint64_t kept = reader.number();
    if (!reader.ok() || kept > static_cast<std::uint64_t>(count) ||
        kept > reader.bitsLeft() / static_cast<std::size_t>(bitsPerValue)) {
        return damagedTensor("it says that " + std::to_string(kept) + " of " + withThousands(count) +
                             " weights are kept, more than its bytes hold");
    }
    KeptPositions found;
    found.kept = static_cast<std::int64_t>(kept);
    CONVOLAB_ASSIGN(const int bits, readIndexBits(reader, found.kept, count));
    if (bits == 0) return found;
    CONVOLAB_ASSIGN(found.positions, readPositions(found.kept, count, bits, [&]() -> std::optional<std::uint8_t> {
                        const auto symbol = static_cast<std::uint8_t>(reader.bits(bits));
                        return reader.ok() ? std::optional(symbol) : std::nullopt;
                    }));
    return found;
}

}  // namespace convolab
