// The CUDA kernels around the bodies of augmentation.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<AugmentationBodies>;

}  // namespace convolab::gpu
