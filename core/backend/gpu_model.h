#pragma once

#include <memory>

#include "core/backend/gpu_module.h"
#include "core/model/model.h"

namespace convolab {

/// A network compiled for a GPU: the same weights, images and results as a Model of the processor; the numbers agree up to
/// rounding. Trains and evaluates; options that other models have for inspection and attacks (taps, gradients of images,
/// `end`, rounded activations) are Unsupported.
///
/// The weights live in main memory, where optimizers update them, and are copied to the device before a step if they
/// may have changed; gradients and running statistics are fetched when somebody asks. `parameters()` and `statistics()`
/// count as a change, so spans must be asked for anew after each step. A failing device throws DeviceLost.
Result<std::unique_ptr<Model>> compileOnGpu(const ConvolabGpuModule& module, int ordinal, const NetworkSpec& spec, const CompileOptions& options);

}  // namespace convolab
