#include "core/compress/coding/tensor_contents.h"

#include "core/graph/analysis.h"

namespace convolab {

Result<std::vector<TensorContent>> tensorContents(const PackedNetwork& network) {
    const Analysis analysis = analyze(network.spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(network.spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(network.weights, makeParameterLayout(network.spec, analysis)));
    CONVOLAB_RETURN_IF_ERROR(requireShared(network.weights, network.codebooks));
    std::vector<TensorContent> contents;
    for (const ParameterEntry& entry : network.weights.layout->entries) {
        TensorContent& content = contents.emplace_back();
        const std::span<const float> values = network.weights.values(entry);
        content.values.assign(values.begin(), values.end());
        const auto found = network.codebooks.find(entry.node);
        if (entry.spec.role != ParameterRole::Weight || found == network.codebooks.end()) continue;
        content.codebook = found->second;
    }
    return contents;
}

}  // namespace convolab
