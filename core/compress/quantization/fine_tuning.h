#pragma once

#include <map>
#include <memory>

#include "core/compress/quantization/integer_network.h"
#include "core/train/weight_constraint.h"

namespace convolab {

/// Quantisation-aware fine-tuning, straight-through (Jacob et al. 2018, section 3; Bengio et al. 2013): every pass sees
/// each weight of a quantised layer on its grid, the gradient moves the exact one. Each grid follows its weights from
/// update to update; the share of the largest weight that it covers is what the plan's range rule chose at the start.
/// `inner` (masks, say) goes first and keeps its word: 0 is on every grid, so pruned weights stay 0.
/// `weights` are those that the fine-tuning starts from.
Result<std::shared_ptr<const WeightConstraint>> roundedWeights(const NetworkSpec& spec, const WeightSet& weights,
                                                               const CompressionPlan& plan,
                                                               std::shared_ptr<const WeightConstraint> inner = {});

/// What CompileOptions::rounded needs so that a training sees activations as the integer network has them.
std::map<NodeId, RoundedActivation> roundedActivations(const IntegerNetwork& network);

}  // namespace convolab
