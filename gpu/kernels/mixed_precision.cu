// The CUDA kernels around the bodies of mixed_precision.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<MixedPrecisionBodies>;

}  // namespace convolab::gpu
