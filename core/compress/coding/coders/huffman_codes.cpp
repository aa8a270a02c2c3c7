#include "core/compress/coding/coders/index_width.h"
#include "core/compress/coding/coders/packed_indices.h"
#include "core/compress/coding/huffman.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::vector<std::int64_t> countsOf(std::span<const std::uint8_t> symbols) {
    std::vector<std::int64_t> counts(std::size_t{1} << 8, 0);
    for (const std::uint8_t symbol : symbols) ++counts[symbol];
    return counts;
}

/// Nothing is written for an empty message, not even a table.
void writeMessage(BitWriter& writer, std::span<const std::uint8_t> symbols, std::int64_t& messageBits,
                  std::int64_t& tableBits) {
    if (symbols.empty()) return;
    const std::vector<std::int64_t> counts = countsOf(symbols);
    const HuffmanCode code(counts);
    code.writeTable(writer);
    for (const std::uint8_t symbol : symbols) code.write(writer, symbol);
    messageBits += code.messageBits(counts);
    tableBits += code.tableBits();
}

std::string encode(const TensorContent& content, CodedBits& spent) {
    const Codebook& codebook = *content.codebook;
    const std::vector<std::uint8_t> keep = keptOf(codebook);
    const Gaps gaps(keep);
    BitWriter writer;
    writeCentroids(writer, codebook, spent);
    writer.number(static_cast<std::uint64_t>(gaps.kept()));
    spent.indexBits = gaps.everyWeight() ? 0 : huffmanIndexWidth(gaps);
    writer.byte(static_cast<std::uint8_t>(spent.indexBits));
    if (spent.indexBits > 0) writeMessage(writer, indexSymbols(keep, spent.indexBits), spent.indices, spent.tables);
    writeMessage(writer, codesOf(codebook), spent.values, spent.tables);
    spent.tables = 8 * static_cast<std::int64_t>(writer.size()) - spent.indices - spent.values - spent.codebook;
    return writer.take();
}

Result<std::int64_t> readKept(BitReader& reader, std::int64_t count) {
    const std::uint64_t kept = reader.number();
    if (reader.ok() && kept <= static_cast<std::uint64_t>(count) && kept <= reader.bitsLeft()) {
        return static_cast<std::int64_t>(kept);
    }
    return damagedTensor("it says that " + std::to_string(kept) + " of " + withThousands(count) +
                         " weights are kept, more than its bytes hold");
}

Result<HuffmanCode> readCode(BitReader& reader) {
    auto code = HuffmanCode::readTable(reader);
    if (!code) return damagedTensor("its code lengths make no Huffman code");
    return std::move(*code);
}

Result<TensorContent> decode(std::string_view bytes, std::int64_t count) {
    BitReader reader(bytes);
    CONVOLAB_ASSIGN(Codebook codebook, readCentroids(reader));
    CONVOLAB_ASSIGN(const std::int64_t kept, readKept(reader, count));
    CONVOLAB_ASSIGN(const int indexBits, readIndexBits(reader, kept, count));
    std::vector<std::int64_t> positions;
    if (indexBits > 0 && kept > 0) {
        CONVOLAB_ASSIGN(const HuffmanCode code, readCode(reader));
        CONVOLAB_ASSIGN(positions, readPositions(kept, count, indexBits, [&] { return code.read(reader); }));
    }
    std::vector<std::uint8_t> codes;
    if (kept > 0) {
        CONVOLAB_ASSIGN(const HuffmanCode code, readCode(reader));
        for (std::int64_t i = 0; i < kept; ++i) {
            const auto symbol = code.read(reader);
            if (!symbol) return damagedTensor("its codes end too early");
            codes.push_back(*symbol);
        }
    }
    if (!reader.atEnd()) return damagedTensor("its bytes do not end with its last weight");
    return contentOf(std::move(codebook), count, positions, codes);
}

}  // namespace

const WeightCoder& huffmanCoder() {
    static const WeightCoder coder{.id = "huffman",
                                   .label = "Huffman",
                                   .help = "Frequent codes and distances take fewer bits",
                                   .tag = 3,
                                   .needsCodebook = true,
                                   .encode = encode,
                                   .decode = decode};
    return coder;
}

}  // namespace convolab
