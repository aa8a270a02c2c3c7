#include "core/compress/coding/coders/packed_indices.h"

namespace convolab {

namespace {

constexpr int kRealBits = 32;

std::string encode(const TensorContent& content, CodedBits& spent) {
    const std::vector<std::uint8_t> keep = content.codebook ? keptOf(*content.codebook) : keptOf(content.values);
    BitWriter writer;
    writePackedIndices(writer, keep, spent);
    for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i] == 0) continue;
        writer.real(content.values[i]);
        spent.values += kRealBits;
    }
    spent.tables = 8 * static_cast<std::int64_t>(writer.size()) - spent.indices - spent.values;
    return writer.take();
}

Result<TensorContent> decode(std::string_view bytes, std::int64_t count) {
    BitReader reader(bytes);
    CONVOLAB_ASSIGN(const KeptPositions found, readPackedIndices(reader, count, kRealBits));
    TensorContent content;
    content.values.assign(static_cast<std::size_t>(count), 0.0F);
    for (std::int64_t i = 0; i < found.kept; ++i) {
        const std::int64_t position = found.positions.empty() ? i : found.positions[static_cast<std::size_t>(i)];
        content.values[static_cast<std::size_t>(position)] = reader.real();
    }
    if (!reader.atEnd()) return damagedTensor("its bytes do not end with its last weight");
    return content;
}

}  // namespace

const WeightCoder& sparseCoder() {
    static const WeightCoder coder{.id = "sparse",
                                   .label = "Sparse",
                                   .help = "Kept weights as float32, each with its distance from the one before",
                                   .tag = 1,
                                   .needsCodebook = false,
                                   .encode = encode,
                                   .decode = decode};
    return coder;
}

}  // namespace convolab
