// The CUDA kernels around the bodies of elementwise.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<ElementwiseBodies>;

}  // namespace convolab::gpu
