// The smallest networks around one layer: what every kind has to go through.
#pragma once

#include <algorithm>
#include <string>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"

namespace convolab::testing {

inline NodeId append(NetworkSpec& spec, NodeId before, const std::string& kind, const Attributes& attributes = {},
                     const std::string& name = {}) {
    const NodeId id = spec.addNode(kind, attributes, name);
    if (before) spec.connect({before, 0}, {id, 0}).value();
    return id;
}

// Layers with weights that make values of `shape` from those of the network's input.
inline NodeId branchTo(NetworkSpec& spec, NodeId input, const Shape& from, const Shape& shape) {
    using Integers = std::vector<std::int64_t>;
    if (!from.isImage()) return append(spec, input, "dense", {{"units", shape.size()}});
    const NodeId maps = append(spec, input, "conv2d", {{"filters", shape.channels()}, {"kernel", Integers{1, 1}}});
    if (shape.isVector()) return append(spec, maps, "global_avg_pool");
    const bool sameSize = shape.height() == from.height() && shape.width() == from.width();
    return sameSize ? maps : append(spec, maps, "adaptive_avg_pool", {{"size", Integers{shape.height(), shape.width()}}});
}

// A layer of this kind and example between input and output. A merge gets a branch for each of its inputs; with
// `weighted`, every layer has weights before it, and a classifier follows.
inline NetworkSpec networkAround(const LayerKind& kind, const LayerExample& example, bool weighted = false) {
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

}  // namespace convolab::testing
