#include "core/compress/quantization/float_layer.h"

#include <algorithm>
#include <map>

#include "core/graph/analysis.h"
#include "core/util/check.h"

namespace convolab {

Result<std::unique_ptr<Model>> compileChain(const NetworkSpec& spec, const WeightSet& weights,
                                            const std::vector<NodeId>& nodes, const Shape& input,
                                            std::int64_t maximumBatch) {
    NetworkSpec chain;
    std::map<NodeId, NodeId> original;
    NodeId last = chain.addNode("input", {{"shape", input.extents()}});
    const auto append = [&](const std::string& kind, const Attributes& attributes, const std::string& name) {
        const NodeId id = chain.addNode(kind, attributes, name);
        const auto joined = chain.connect({last, 0}, {id, 0});
        CONVOLAB_CHECK(joined.ok(), "a chain of layers can be connected");
        last = id;
    };
    for (const NodeId node : nodes) {
        append(spec.node(node)->kind, spec.node(node)->attributes, spec.node(node)->name);
        original[last] = node;
    }
    CompileOptions options;
    options.end = last;
    if (analyze(spec).find(nodes.back())->output->isImage()) append("flatten", {}, chain.freeName("Flatten"));
    append("output", {}, chain.freeName("Output"));
    options.maximumBatch = maximumBatch;
    CONVOLAB_ASSIGN(auto model, Model::compile(chain, options));
    WeightSet own = model->copyWeights(0);
    for (const ParameterEntry& entry : own.layout->entries) {
        const ParameterEntry* from = weights.layout->find(original.at(entry.node), entry.spec.name);
        CONVOLAB_CHECK(from != nullptr && from->spec.shape == entry.spec.shape, "a layer keeps its weights");
        const std::span<const float> values = weights.values(*from);
        auto& buffer = entry.spec.trainable ? own.parameters : own.statistics;
        std::ranges::copy(values, buffer.begin() + static_cast<std::ptrdiff_t>(entry.offset));
    }
    CONVOLAB_RETURN_IF_ERROR(model->bind(own));
    return model;
}

}  // namespace convolab
