#pragma once

#include "core/backend/gpu_description.h"
#include "core/compress/quantization/integer_network.h"

namespace convolab {

/// An integer network for the CUDA module, and the weights of what stays float32 in it.
struct GpuQuantizedNetwork {
    GpuNetwork described;
    ParameterLayout layout;  ///< of those weights alone
    std::vector<float> parameters, statistics;
};

/// On a GPU every value is 128 less than the processor's uint8, its grid's zero point as well: int8, which GPUs multiply. Everything in
/// integers has the same bits otherwise. A layer that stays float32 lies between a dequantisation and a quantisation and may differ by
/// rounding. Unsupported: such a layer without kernels.
Result<GpuQuantizedNetwork> describeGpuQuantized(const IntegerNetwork& network);
/// One step of it that is an operation of core/cpu/int8.
GpuOp describeGpuInteger(const IntegerLayer& step, std::span<const Shape> inputs);

}  // namespace convolab
