// Built with -mavx512f: sixteen images side by side, thirty-two vector registers.
#include "core/cpu/lanes/convolution_loops.h"
#include "core/cpu/lanes/weight_gradient_loops.h"

namespace convolab::lanes {

constexpr int kLanes = 16;
constexpr int kOutputs = 12;  // × 2 pixels, and three registers for what they are multiplied with
constexpr int kRegisters = 32;

extern const Kernels kKernelsAvx512;
const Kernels kKernelsAvx512{.lanes = kLanes, .outputs = kOutputs, .convolveRow = convolveRow<kLanes, kOutputs>,
                           .weightGradient = weightGradient<kLanes, kRegisters>, .weightParts = weightParts<kRegisters>};

}  // namespace convolab::lanes
