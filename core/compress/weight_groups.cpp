#include "core/compress/weight_groups.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace convolab {

namespace {

bool hasWeights(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    const bool sums = kind != nullptr && (kind->group == LayerGroup::Convolution || kind->group == LayerGroup::Dense);
    return sums && node.kind != "rbf_output";  // its prototypes are fixed
}

}  // namespace

std::int64_t groupSize(const Shape& weight, Granularity granularity) {
    switch (granularity) {
        case Granularity::Weight: return 1;
        case Granularity::Kernel: return weight.rank() == 4 ? weight[2] * weight[3] : 1;
        case Granularity::Filter: return weight.size() / weight[0];
    }
    return 1;
}

std::int64_t prunedGroups(double sparsity, std::int64_t groups) {
    return static_cast<std::int64_t>(std::floor(sparsity * static_cast<double>(groups) + 0.5));
}

const ParameterEntry* weightEntry(const ParameterLayout& layout, NodeId layer) {
    const auto found = std::ranges::find_if(layout.entries, [&](const ParameterEntry& entry) {
        return entry.node == layer && entry.spec.role == ParameterRole::Weight;
    });
    return found == layout.entries.end() ? nullptr : &*found;
}

bool hasFilters(const Node& node) { return node.kind == "conv2d" || node.kind == "dense"; }

const ParameterEntry* filterEntry(const NetworkSpec& spec, const ParameterLayout& layout, NodeId layer) {
    return hasFilters(*spec.node(layer)) ? weightEntry(layout, layer) : nullptr;
}

GroupedWeights groupedWeights(const WeightSet& weights, const ParameterEntry& entry, Granularity granularity,
                              std::uint64_t seed) {
    return {.layer = entry.node,
            .weights = weights.values(entry),
            .groupSize = groupSize(entry.spec.shape, granularity),
            .seed = seed};
}

std::string groupWord(const NetworkSpec& spec, NodeId layer, Granularity granularity) {
    const Node* node = spec.node(layer);
    const bool dense = node != nullptr && node->kind == "dense";
    if (granularity == Granularity::Filter) return dense ? "units" : "filters";
    return granularity == Granularity::Kernel && !dense ? "kernels" : "weights";
}

bool givesTheClasses(const NetworkSpec& spec, NodeId layer) {
    std::vector<NodeId> open{layer};
    std::set<NodeId> seen;
    while (!open.empty()) {
        const NodeId current = open.back();
        open.pop_back();
        if (!seen.insert(current).second) continue;
        for (const Edge* edge : spec.edgesOutOf(current)) {
            const Node& next = *spec.node(edge->to.node);
            const LayerKind* kind = findLayerKind(next.kind);
            if (kind != nullptr && kind->group == LayerGroup::Output) return true;
            if (!hasWeights(next)) open.push_back(next.id);
        }
    }
    return false;
}

std::vector<NodeId> compressibleLayers(const NetworkSpec& spec) {
    std::vector<NodeId> layers = analyze(spec).order;
    std::erase_if(layers, [&](NodeId id) { return !hasWeights(*spec.node(id)); });
    return layers;
}

std::vector<NodeId> prunableLayers(const NetworkSpec& spec, Granularity granularity) {
    std::vector<NodeId> layers = compressibleLayers(spec);
    if (granularity == Granularity::Filter) {
        std::erase_if(layers, [&](NodeId id) { return givesTheClasses(spec, id) || !hasFilters(*spec.node(id)); });
    }
    return layers;
}

}  // namespace convolab
