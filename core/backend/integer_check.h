#pragma once

#include <memory>

#include "core/backend/device_checks.h"
#include "core/compress/quantization/quantized_model.h"

namespace convolab {

/// Makes a quantised network ready to run on a device: integersOnGpu.
using MakeIntegers = std::function<Result<std::unique_ptr<QuantizedModel>>(IntegerNetwork network, const QuantizedModelOptions& options)>;

/// Small networks in 8-bit integers: the processor's bits. What the check's `run` gets is not asked.
DeviceCheck integerCheck(MakeIntegers make);

}  // namespace convolab
