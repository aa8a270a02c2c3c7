// The CUDA kernels around the bodies of statistics.h.
#include "gpu/launch/enqueue.cuh"

namespace convolab::gpu {

template struct Family<StatisticsBodies>;

}  // namespace convolab::gpu
