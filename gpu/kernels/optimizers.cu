// The CUDA kernels around the bodies of optimizers.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<OptimizerBodies>;

}  // namespace convolab::gpu
