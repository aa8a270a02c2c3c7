#pragma once

#include <span>

#include "core/backend/gpu_module.h"
#include "core/compress/quantization/quantized_model.h"

namespace convolab {

/// A quantised network on a GPU: QuantizedModel::make for the processor, the same results up to the rounding of what stays float32. With
/// activations of 32 bits its float32 model computes there with the rounded weights. The weights go to the device once.
/// `options.isa` is not read; a model that keeps values is Unsupported. A failing device throws DeviceLost.
Result<std::unique_ptr<QuantizedModel>> quantizedOnGpu(const ConvolabGpuModule& module, int ordinal, const NetworkSpec& spec, const WeightSet& weights,
                                                       const CompressionPlan& plan, const ActivationRanges& ranges, const QuantizedModelOptions& options = {});
/// The same of an integer network that is there already.
Result<std::unique_ptr<QuantizedModel>> integersOnGpu(const ConvolabGpuModule& module, int ordinal, IntegerNetwork network, const QuantizedModelOptions& options = {});

}  // namespace convolab
