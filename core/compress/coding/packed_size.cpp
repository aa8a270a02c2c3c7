#include "core/compress/coding/packed_size.h"

#include <algorithm>

#include "core/compress/coding/packed_frame.h"
#include "core/compress/coding/relative_index.h"
#include "core/compress/coding/tensor_contents.h"

namespace convolab {

namespace {

std::int64_t keptIn(const TensorContent& content) {
    if (content.codebook) return content.codebook->kept();
    return std::ranges::count_if(content.values, [](float value) { return value != 0.0F; });
}

/// Every coder on one tensor; a stage has the smallest so far.
std::vector<std::int64_t> stagesOf(const TensorContent& content, CodedBits& spent) {
    std::vector<std::int64_t> stages;
    std::size_t best = 0;
    for (const WeightCoder* coder : weightCoders()) {
        if (!coder->needsCodebook || content.codebook) {
            CodedBits tried;
            const std::size_t size = coder->encode(content, tried).size();
            if (stages.empty() || size < best) {
                best = size;
                spent = tried;
            }
        }
        stages.push_back(framedBytes(best));
    }
    return stages;
}

}  // namespace

Result<PackedSize> packedSize(const PackedNetwork& network) {
    CONVOLAB_ASSIGN(const std::vector<TensorContent> contents, tensorContents(network));
    PackedSize size;
    size.headerBytes = packedHeaderBytes(network.spec, network.weights.step);
    const std::vector<ParameterEntry>& entries = network.weights.layout->entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        CodedBits spent;
        const std::vector<std::int64_t> stages = stagesOf(contents[i], spent);
        if (entries[i].spec.role != ParameterRole::Weight) {
            size.otherBytes += stages.back();
            continue;
        }
        LayerBytes& layer = size.layers.emplace_back();
        layer.layer = entries[i].node;
        layer.name = entries[i].nodeName;
        layer.weights = entries[i].spec.shape.size();
        layer.kept = keptIn(contents[i]);
        if (contents[i].codebook) layer.bits = contents[i].codebook->bits;
        layer.stages = stages;
        layer.spent = spent;
    }
    addUp(size, *network.weights.layout);
    return size;
}

}  // namespace convolab
