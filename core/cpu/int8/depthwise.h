#pragma once

#include "core/cpu/int8/ops.h"

namespace convolab::int8 {

/// A convolution in which each channel has one filter of its own: no dot product over channels, so the channels are
/// what runs side by side.
std::unique_ptr<IntegerOp> makeDepthwiseOp(const Convolution& convolution, Isa isa);

}  // namespace convolab::int8
