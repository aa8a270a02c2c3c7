#pragma once

#include <vector>

#include "core/layers/layer_kind.h"
#include "core/model/weights.h"

namespace convolab {

// Layers with one value in and one value out, channel by channel: activations, batch norm in evaluation mode,
// dropout.

bool isElementwise(const LayerKind& kind);
/// Those in the same card behind `node`, in order, up to the first layer of another sort.
std::vector<NodeId> elementwiseBehind(const NetworkSpec& spec, NodeId node);
/// What such a layer makes of x: its reference arithmetic in double. An error where the weights belong
/// elsewhere.
Result<double> elementwiseValue(const NetworkSpec& spec, const WeightSet& weights, const Node& node,
                                std::int64_t channel, double x);

}  // namespace convolab
