#include "core/compress/coding/coders/coder_parts.h"

#include <algorithm>

#include "core/compress/coding/relative_index.h"
#include "core/util/text.h"

namespace convolab {

Error damagedTensor(const std::string& what) { return {ErrorCode::CorruptFile, what, {}, {}}; }

std::vector<std::uint8_t> keptOf(const Codebook& codebook) {
    std::vector<std::uint8_t> keep(codebook.codes.size());
    std::ranges::transform(codebook.codes, keep.begin(), [](std::int16_t code) { return code != kPrunedCode; });
    return keep;
}

std::vector<std::uint8_t> codesOf(const Codebook& codebook) {
    std::vector<std::uint8_t> codes;
    for (const std::int16_t code : codebook.codes) {
        if (code != kPrunedCode) codes.push_back(static_cast<std::uint8_t>(code));
    }
    return codes;
}

void writeCentroids(BitWriter& writer, const Codebook& codebook, CodedBits& spent) {
    writer.byte(static_cast<std::uint8_t>(codebook.bits));
    writer.number(codebook.centroids.size());
    for (const float centroid : codebook.centroids) writer.real(centroid);
    spent.codebook += 32 * static_cast<std::int64_t>(codebook.centroids.size());
}

Result<Codebook> readCentroids(BitReader& reader) {
    Codebook codebook;
    codebook.bits = reader.byte();
    const std::uint64_t count = reader.number();
    if (!reader.ok() || codebook.bits < 1 || codebook.bits > kMostCodebookBits || count > 1ULL << codebook.bits) {
        return damagedTensor("its codebook of " + std::to_string(codebook.bits) + " bits has " + std::to_string(count) +
                             " centroids");
    }
    codebook.centroids.resize(count);
    for (float& centroid : codebook.centroids) centroid = reader.real();
    if (!reader.ok()) return damagedTensor("its codebook ends too early");
    return codebook;
}

Result<TensorContent> contentOf(Codebook codebook, std::int64_t count, std::span<const std::int64_t> positions,
                                std::span<const std::uint8_t> codes) {
    codebook.codes.assign(static_cast<std::size_t>(count), kPrunedCode);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (codes[i] >= codebook.centroids.size()) {
            return damagedTensor("a weight has code " + std::to_string(codes[i]) + " of " +
                                 withThousands(static_cast<std::int64_t>(codebook.centroids.size())) + " centroids");
        }
        codebook.codes[static_cast<std::size_t>(positions.empty() ? static_cast<std::int64_t>(i) : positions[i])] =
            codes[i];
    }
    TensorContent content;
    content.values.resize(codebook.codes.size());
    for (std::size_t i = 0; i < content.values.size(); ++i) content.values[i] = codebook.value(i);
    content.codebook = std::move(codebook);
    return content;
}

Result<int> readIndexBits(BitReader& reader, std::int64_t kept, std::int64_t count) {
    const int bits = reader.byte();
    if (!reader.ok() || bits > kMostIndexBits) return damagedTensor("its indices have " + std::to_string(bits) + " bits");
    if (bits == 0 && kept != count) {
        return damagedTensor("it has indices for none of its " + withThousands(kept) + " weights");
    }
    return bits;
}

}  // namespace convolab
