// Built with -mavx2 -mfma: eight images side by side, sixteen vector registers.
#include "core/cpu/lanes/convolution_loops.h"
#include "core/cpu/lanes/weight_gradient_loops.h"

namespace convolab::lanes {

constexpr int kLanes = 8;
constexpr int kOutputs = 6;  // × 2 pixels, and three registers for what they are multiplied with
constexpr int kRegisters = 16;

extern const Kernels kKernelsAvx2;
const Kernels kKernelsAvx2{.lanes = kLanes, .outputs = kOutputs, .convolveRow = convolveRow<kLanes, kOutputs>,
                           .weightGradient = weightGradient<kLanes, kRegisters>, .weightParts = weightParts<kRegisters>};

}  // namespace convolab::lanes
