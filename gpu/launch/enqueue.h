#pragma once

#include <cuda_runtime_api.h>

#include "gpu/launch/launch.h"

namespace convolab::gpu {

/// Puts one CUDA kernel on the stream, with one thread per result; defined in enqueue.cuh for each body.
template <class Body>
cudaError_t enqueueBody(const Body& body, Index count, cudaStream_t stream);

/// Puts the launches on the stream, in order. Stops at the first error.
cudaError_t enqueue(std::span<const Launch> launches, cudaStream_t stream);

}  // namespace convolab::gpu
