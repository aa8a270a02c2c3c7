// The CUDA kernels around the bodies of dense.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<DenseBodies>;

}  // namespace convolab::gpu
