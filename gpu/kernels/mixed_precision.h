#pragma once

#include "gpu/kernels/factors.h"

/// Between float32 and numbers of 16 bits, one thread per value: copies of factors for libraries, which do not round while they
/// read, and results of cuDNN, whose convolutions give what they take.
namespace convolab::gpu {

struct RoundTo16 {
    const float* from;
    std::uint16_t* to;
    FactorType type;
    CONVOLAB_BODY void operator()(Index i) const { to[i] = to16(type, from[i]); }
};

/// y = x + b[channel], and a ReLU if one is wanted.
struct WidenAddBias {
    const std::uint16_t* from;
    FactorType type;
    float* y;
    const float* bias;  ///< may be null
    Index channels, plane;
    bool relu;
    CONVOLAB_BODY void operator()(Index i) const {
        const float value = from16(type, from[i]);
        y[i] = rectified(relu, bias != nullptr ? value + bias[i / plane % channels] : value);
    }
};

}  // namespace convolab::gpu
