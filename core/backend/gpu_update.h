#pragma once

#include "core/backend/gpu_network.h"
#include "core/train/optimizer.h"
#include "core/util/result.h"

namespace convolab {

/// An optimizer's update number `step` (from 1) for the CUDA module: the same numbers that the processor multiplies by.
/// Unsupported if the module has no kernel for the optimizer.
Result<ConvolabGpuUpdate> describeGpuUpdate(const OptimizerSpec& spec, double rate, double weightDecay, std::int64_t step);

}  // namespace convolab
