// The CUDA kernels around the bodies of attacks.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<AttackBodies>;

}  // namespace convolab::gpu
