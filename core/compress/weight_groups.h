#pragma once

#include "core/compress/criterion.h"
#include "core/compress/plan.h"

namespace convolab {

// How a layer's weight tensor, (O, I, H, W) or [out, in], falls into groups. Every group lies in one piece: a weight, the
// H × W floats of a kernel, the I × H × W floats of a filter (in, of a unit).

std::int64_t groupSize(const Shape& weight, Granularity granularity);
inline std::int64_t groupCount(const Shape& weight, Granularity granularity) {
    return weight.size() / groupSize(weight, granularity);
}
/// How many of `groups` a sparsity takes away: ⌊sparsity · groups + ½⌋.
std::int64_t prunedGroups(double sparsity, std::int64_t groups);

/// The weight tensor of a convolution or dense layer; null for any other layer.
const ParameterEntry* weightEntry(const ParameterLayout& layout, NodeId layer);
/// Do the weights lie as one filter (unit) per output channel, (out, in, …)? So it is with conv2d and dense; other kinds'
/// weights can be pruned one by one, but their channels stay.
bool hasFilters(const Node& node);
/// weightEntry for layers with filters; null for any other layer.
const ParameterEntry* filterEntry(const NetworkSpec& spec, const ParameterLayout& layout, NodeId layer);
GroupedWeights groupedWeights(const WeightSet& weights, const ParameterEntry& entry, Granularity granularity,
                              std::uint64_t seed);

/// "weights", "kernels", "filters"; a dense layer's filters are its "units".
std::string groupWord(const NetworkSpec& spec, NodeId layer, Granularity granularity);
/// Are this layer's filters the network's outputs (its classes)? Such a filter can never go.
bool givesTheClasses(const NetworkSpec& spec, NodeId layer);
/// Layers that can lose groups of this granularity: compressibleLayers, for filters without those that give the classes.
std::vector<NodeId> prunableLayers(const NetworkSpec& spec, Granularity granularity);

}  // namespace convolab
