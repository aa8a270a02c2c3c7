// The CUDA kernels around the bodies of target_rows.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<TargetBodies>;

}  // namespace convolab::gpu
