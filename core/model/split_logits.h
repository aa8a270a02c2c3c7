#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/compile_model.h"

namespace convolab {

/// Runs the first `limit` images (0: all) of a split through an inference model of its own, in order, and
/// calls `visit(index, logits)` for each. Returns how many there were. `dataset` must fit (requireFit, with
/// or without targets); an empty split is an error. `progress` gets a share in [0, 1] and returns false to cancel
/// (ErrorCode::Cancelled); may be empty. The model is made by `compile`; a device that is lost is its error.
Result<std::int64_t> visitLogits(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                 Split split, std::int64_t limit, const std::function<bool(double)>& progress,
                                 const std::function<void(std::int64_t, std::span<const float>)>& visit,
                                 const CompileModel& compile = Model::compile);

}  // namespace convolab
