#pragma once

#include <span>
#include <string>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// Where a diverged training went wrong: the name of the first layer, in execution order, whose parameters or output
/// on `images` (N, C, H, W) hold a NaN or an infinity; empty if all are finite.
std::string firstNonFiniteLayer(const NetworkSpec& spec, const WeightSet& weights, View<const float> images);

/// The last layer, in execution order, with a NaN or an infinity among its values in a flat buffer of trainable parameters
/// or their gradients; empty if there is none.
std::string lastNonFiniteLayer(const ParameterLayout& layout, std::span<const float> values);

}  // namespace convolab
