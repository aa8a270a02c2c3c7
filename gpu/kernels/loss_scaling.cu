// The CUDA kernels around the bodies of loss_scaling.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<LossScalingBodies>;

}  // namespace convolab::gpu
