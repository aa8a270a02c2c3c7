// The CUDA kernels around the bodies of activations.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<ActivationBodies>;

}  // namespace convolab::gpu
