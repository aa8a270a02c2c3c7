// The CUDA kernels around the bodies of pooling.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<PoolingBodies>;

}  // namespace convolab::gpu
