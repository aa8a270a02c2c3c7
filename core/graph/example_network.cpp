#include "core/graph/example_network.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/graph/analysis.h"

namespace convolab {

NodeId append(NetworkSpec& spec, NodeId before, const std::string& kind, const Attributes& attributes, const std::string& name) {
    const NodeId id = spec.addNode(kind, attributes, name);
    if (before) spec.connect({before, 0}, {id, 0}).value();
    return id;
}

namespace {

// Layers with weights that make values of `shape` from those of the network's input.
NodeId branchTo(NetworkSpec& spec, NodeId input, const Shape& from, const Shape& shape) {
    using Integers = std::vector<std::int64_t>;
    if (!from.isImage()) return append(spec, input, "dense", {{"units", shape.size()}});
    const NodeId maps = append(spec, input, "conv2d", {{"filters", shape.channels()}, {"kernel", Integers{1, 1}}});
    if (shape.isVector()) return append(spec, maps, "global_avg_pool");
    const bool sameSize = shape.height() == from.height() && shape.width() == from.width();
    return sameSize ? maps : append(spec, maps, "adaptive_avg_pool", {{"size", Integers{shape.height(), shape.width()}}});
}

}  // namespace

NetworkSpec networkAround(const LayerKind& kind, const LayerExample& example, bool weighted) {
    NetworkSpec spec;
    spec.name = kind.id + ", " + example.name;
    NodeId last;
    if (kind.minInputs == 0) {
        last = append(spec, {}, kind.id, example.attributes);
    } else {
        const Shape from = *std::max_element(example.inputs.begin(), example.inputs.end(),
                                             [](const Shape& a, const Shape& b) { return std::pair(a.rank(), a.size()) < std::pair(b.rank(), b.size()); });
        const NodeId input = append(spec, {}, "input", {{"shape", from.extents()}});
        last = spec.addNode(kind.id, example.attributes);
        for (std::size_t port = 0; port < example.inputs.size(); ++port) {
            const bool plain = kind.maxInputs == 1 && !weighted;
            const NodeId source = plain ? input : branchTo(spec, input, from, example.inputs[port]);
            spec.connect({source, 0}, {last, static_cast<int>(port)}).value();
        }
    }
    if (kind.group == LayerGroup::Output) return spec;
    if (analyze(spec).find(last)->output->isImage()) last = append(spec, last, "flatten");
    if (weighted) last = append(spec, append(spec, last, "dense", {{"units", std::int64_t{3}}}), "softmax");
    append(spec, last, "output");
    return spec;
}

NetworkSpec branchedNetwork() {
    using Integers = std::vector<std::int64_t>;
    NetworkSpec spec;
    const NodeId input = append(spec, {}, "input", {{"shape", Integers{2, 6, 6}}});
    const NodeId stem = append(spec, append(spec, input, "conv2d", {{"filters", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}}), "batch_norm");
    const NodeId left = append(spec, append(spec, stem, "conv2d", {{"filters", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}}), "relu");
    const NodeId sum = spec.addNode("add", {});
    spec.connect({stem, 0}, {sum, 0}).value();
    spec.connect({left, 0}, {sum, 1}).value();
    const NodeId joined = spec.addNode("concat", {});
    spec.connect({sum, 0}, {joined, 0}).value();
    spec.connect({stem, 0}, {joined, 1}).value();
    const NodeId gate = append(spec, append(spec, append(spec, joined, "global_avg_pool"), "dense", {{"units", std::int64_t{8}}}), "sigmoid");
    const NodeId gated = spec.addNode("multiply", {});
    spec.connect({joined, 0}, {gated, 0}).value();
    spec.connect({gate, 0}, {gated, 1}).value();
    const NodeId flat = append(spec, append(spec, gated, "max_pool"), "flatten");
    append(spec, append(spec, append(spec, flat, "dense", {{"units", std::int64_t{3}}}), "softmax"), "output");
    return spec;
}

NetworkSpec smallNetworkWithState(int classes) {
    using Integers = std::vector<std::int64_t>;
    NetworkSpec spec;
    NodeId last = append(spec, {}, "input", {{"shape", Integers{1, 8, 8}}});
    last = append(spec, last, "conv2d", {{"filters", std::int64_t{4}}, {"kernel", Integers{3, 3}}});
    for (const char* kind : {"batch_norm", "relu", "max_pool", "flatten"}) last = append(spec, last, kind);
    last = append(spec, last, "dropout", {{"rate", 0.25}});
    last = append(spec, last, "dense", {{"units", std::int64_t{classes}}});
    for (const char* kind : {"softmax", "output"}) last = append(spec, last, kind);
    return spec;
}

}  // namespace convolab
