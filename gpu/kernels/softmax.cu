// The CUDA kernels around the bodies of softmax.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<SoftmaxBodies>;

}  // namespace convolab::gpu
