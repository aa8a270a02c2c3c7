#pragma once

#include <algorithm>
#include <tuple>

#include "gpu/launch/enqueue.h"

/// The CUDA kernel around a body: thread number t computes results t, t + all threads, …, so that any count fits a grid.
namespace convolab::gpu {

inline constexpr Index kMostBlocks = 65535;

template <class Body>
__global__ void __launch_bounds__(kThreadsPerBlock) bodyKernel(const Body body, const Index count) {
    const Index threads = static_cast<Index>(gridDim.x) * blockDim.x;
    for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += threads) body(i);
}

/// The same for bodies that compute four results at once; what is left at the end is computed one by one.
template <class Body>
__global__ void __launch_bounds__(kThreadsPerBlock) fourKernel(const Body body, const Index count) {
    const Index threads = static_cast<Index>(gridDim.x) * blockDim.x;
    for (Index k = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; 4 * k < count; k += threads) {
        if (4 * k + 3 < count) {
            body.four(k);
        } else {
            for (Index i = 4 * k; i < count; ++i) body(i);
        }
    }
}

/// Blocks that a multiprocessor shall have room for, where a body says so.
template <class Body>
constexpr int residentWanted() {
    if constexpr (requires { Body::kResident; }) return Body::kResident;
    else return 1;
}

/// The same around a block body.
template <class Body>
__global__ void __launch_bounds__(Body::kThreads, residentWanted<Body>()) blockKernel(const Body body, const Index count) {
    static_assert(Body::kThreads == kThreadsPerBlock);
    __shared__ typename Body::Shared shared;
    const Index phases = body.phases();
    for (Index block = blockIdx.x; block < count; block += gridDim.x) {
        typename Body::Own own{};
        for (Index phase = 0; phase < phases; ++phase) {
            body(phase, block, static_cast<int>(threadIdx.x), shared, own);
            __syncthreads();
        }
    }
}

template <class Body>
cudaError_t enqueueBody(const Body& body, Index count, cudaStream_t stream) {
    if (count <= 0) return cudaSuccess;
    if constexpr (BlockBody<Body>) {
        const Index grid = std::min(count, kMostBlocks);
        blockKernel<<<static_cast<unsigned>(grid), Body::kThreads, 0, stream>>>(body, count);
        return cudaGetLastError();
    } else {
        if constexpr (FourBody<Body>) {
            if (body.beginsFours()) {
                constexpr Index kEach = 4 * kThreadsPerBlock;
                fourKernel<<<static_cast<unsigned>(std::min((count + kEach - 1) / kEach, kMostBlocks)), kThreadsPerBlock, 0, stream>>>(body, count);
                return cudaGetLastError();
            }
        }
        const Index blocks = std::min((count + kThreadsPerBlock - 1) / kThreadsPerBlock, kMostBlocks);
        bodyKernel<<<static_cast<unsigned>(blocks), kThreadsPerBlock, 0, stream>>>(body, count);
        return cudaGetLastError();
    }
}

template <class Body>
cudaError_t residentBlocksOf(int* blocks) {
    if constexpr (BlockBody<Body>) return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, blockKernel<Body>, kThreadsPerBlock, 0);
    else return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, bodyKernel<Body>, kThreadsPerBlock, 0);
}

/// `template struct Family<List>;` compiles the kernels of one family.
template <class List>
struct Family;
template <class... Bodies>
struct Family<BodyList<Bodies...>> {
    static auto kernels() { return std::make_tuple(&enqueueBody<Bodies>..., &residentBlocksOf<Bodies>...); }
};

}  // namespace convolab::gpu
