#pragma once

#include <string>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// Where a diverged training went wrong: the name of the first layer, in execution order, whose parameters or output
/// on `images` (N, C, H, W) hold a NaN or an infinity; empty if all are finite.
std::string firstNonFiniteLayer(const NetworkSpec& spec, const WeightSet& weights, View<const float> images);

}  // namespace convolab
