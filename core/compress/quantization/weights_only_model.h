#pragma once

#include "core/compress/quantization/quantized_model.h"
#include "core/model/compile_model.h"

namespace convolab {

/// Rounded weights in an ordinary float32 Model, by `compile` or on the processor: activations stay as they are.
Result<std::unique_ptr<QuantizedModel>> makeWeightsOnlyModel(const NetworkSpec& spec, const WeightSet& weights,
                                                             const CompressionPlan& plan,
                                                             const QuantizedModelOptions& options, const CompileModel& compile = {});

}  // namespace convolab
