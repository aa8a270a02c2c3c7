// The CUDA kernels around the bodies of chain.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<ChainBodies>;

}  // namespace convolab::gpu
