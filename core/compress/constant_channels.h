#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/graph/analysis.h"
#include "core/model/weights.h"

namespace convolab {

/// Of each layer's output, per channel: its value where that is the same for every image and everywhere on the map, whatever
/// the image is; else nothing. In evaluation mode: batch norm by its running statistics, dropout passes everything on.
using ConstantChannels = std::map<NodeId, std::vector<std::optional<double>>>;

/// A pruned filter gives 0, behind an activation perhaps something else (sigmoid: 0.5). From layer to layer: a filter is
/// constant if all that it really reads (weights ≠ 0) is constant, and 0 where zero padding would make the edges differ.
Result<ConstantChannels> constantChannels(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights);

/// Does the layer put zeros around its input?
bool padsWithZeros(const NetworkSpec& spec, NodeId node);

}  // namespace convolab
