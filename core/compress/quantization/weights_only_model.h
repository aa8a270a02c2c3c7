#pragma once

#include "core/compress/quantization/quantized_model.h"

namespace convolab {

/// Rounded weights in an ordinary float32 Model: activations stay as they are.
Result<std::unique_ptr<QuantizedModel>> makeWeightsOnlyModel(const NetworkSpec& spec, const WeightSet& weights,
                                                             const CompressionPlan& plan,
                                                             const QuantizedModelOptions& options);

}  // namespace convolab
