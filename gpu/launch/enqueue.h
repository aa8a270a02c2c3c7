#pragma once

#include <cuda_runtime_api.h>

#include "gpu/libraries/libraries.h"

namespace convolab::gpu {

/// Puts one CUDA kernel on the stream, with one thread per result; defined in enqueue.cuh for each body.
template <class Body>
cudaError_t enqueueBody(const Body& body, Index count, cudaStream_t stream);

/// Blocks of the body's kernel that fit on one multiprocessor at once.
template <class Body>
cudaError_t residentBlocksOf(int* blocks);
cudaError_t residentBlocks(const Launch& launch, int* blocks);
inline constexpr int kThreadsPerBlock = 256;

/// Puts the launches on the stream, in order. Stops at the first error.
Outcome enqueue(std::span<const Launch> launches, Libraries& libraries, cudaStream_t stream);

/// "cudaErrorMemoryAllocation while memory was allocated"
Outcome cudaOutcome(cudaError_t result, const char* during);

}  // namespace convolab::gpu
