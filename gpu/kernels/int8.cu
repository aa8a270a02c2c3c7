// The CUDA kernels around the bodies of int8.h, int8_product.h and rounding.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<Int8Bodies>;

}  // namespace convolab::gpu
