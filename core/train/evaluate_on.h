#pragma once

#include "core/model/compile_model.h"
#include "core/train/training_loop.h"

namespace convolab {

/// evaluate() with the model that `compile` makes, on another device than the processor, say. A device that is lost: its error.
Result<Evaluation> evaluateOn(const CompileModel& compile, const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, Split split,
                              std::int64_t limit = 0, const std::function<bool(double)>& progress = {});

}  // namespace convolab
