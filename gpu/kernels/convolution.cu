// The CUDA kernels around the bodies of convolution.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<ConvolutionBodies>;

}  // namespace convolab::gpu
