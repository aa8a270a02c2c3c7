#pragma once

#include "core/compress/quantization/quantized_model.h"

namespace convolab {

/// An integer network with its buffers and prepared operations.
Result<std::unique_ptr<QuantizedModel>> makeIntegerModel(IntegerNetwork network, const QuantizedModelOptions& options);

}  // namespace convolab
