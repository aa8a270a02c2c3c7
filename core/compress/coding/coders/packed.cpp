#include "core/compress/coding/coders/packed_indices.h"

namespace convolab {

namespace {

std::string encode(const TensorContent& content, CodedBits& spent) {
    const Codebook& codebook = *content.codebook;
    BitWriter writer;
    writeCentroids(writer, codebook, spent);
    writePackedIndices(writer, keptOf(codebook), spent);
    for (const std::uint8_t code : codesOf(codebook)) {
        writer.bits(code, codebook.bits);
        spent.values += codebook.bits;
    }
    spent.tables = 8 * static_cast<std::int64_t>(writer.size()) - spent.indices - spent.values - spent.codebook;
    return writer.take();
}

Result<TensorContent> decode(std::string_view bytes, std::int64_t count) {
    BitReader reader(bytes);
    CONVOLAB_ASSIGN(Codebook codebook, readCentroids(reader));
    CONVOLAB_ASSIGN(const KeptPositions found, readPackedIndices(reader, count, codebook.bits));
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(found.kept));
    for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(reader.bits(codebook.bits));
    if (!reader.atEnd()) return damagedTensor("its bytes do not end with its last weight");
    return contentOf(std::move(codebook), count, found.positions, codes);
}

}  // namespace

const WeightCoder& packedCoder() {
    static const WeightCoder coder{.id = "packed",
                                   .label = "Shared",
                                   .help = "The codebook, and each kept weight as a code of its bits",
                                   .tag = 2,
                                   .needsCodebook = true,
                                   .encode = encode,
                                   .decode = decode};
    return coder;
}

}  // namespace convolab
