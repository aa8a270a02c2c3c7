#pragma once

#include "app/devices.h"
#include "core/backend/integer_check.h"

namespace convolab {

/// QuantizedModel::make on a device without a problem.
Result<std::unique_ptr<QuantizedModel>> quantizedOn(const Device& device, const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                                    const ActivationRanges& ranges, const QuantizedModelOptions& options);
/// The same of an integer network.
MakeIntegers integersOn(const Device& device);

/// "measured as the integers compute it, int8 on CUDA · NVIDIA T4": by what the model's layers run.
std::string arithmeticText(const QuantizedModel& model, const Device& device);

}  // namespace convolab
