// The CUDA kernels around the bodies of normalisation.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<NormalisationBodies>;

}  // namespace convolab::gpu
