#include "gpu/launch/enqueue.h"

namespace convolab::gpu {

namespace {

using Runner = cudaError_t (*)(const Launch& launch, cudaStream_t stream);

template <class Body>
cudaError_t run(const Launch& launch, cudaStream_t stream) {
    Body body;
    std::memcpy(&body, launch.arguments, sizeof body);
    if constexpr (LibraryCall<Body>) return cudaErrorInvalidValue;  // not for kernels
    else return enqueueBody(body, launch.count, stream);
}

template <class Body>
cudaError_t resident(int* blocks) {
    if constexpr (LibraryCall<Body>) return cudaErrorInvalidValue;
    else return residentBlocksOf<Body>(blocks);
}

template <class List>
struct Table;
template <class... Bodies>
struct Table<BodyList<Bodies...>> {
    static constexpr Runner runners[] = {&run<Bodies>...};
    static constexpr cudaError_t (*residents[])(int*) = {&resident<Bodies>...};
};

}  // namespace

cudaError_t residentBlocks(const Launch& launch, int* blocks) { return Table<AllBodies>::residents[launch.body](blocks); }

Outcome cudaOutcome(cudaError_t result, const char* during) {
    if (result == cudaSuccess) return {};
    const std::int32_t state = result == cudaErrorMemoryAllocation         ? kGpuOutOfMemory
                               : result == cudaErrorDevicesUnavailable     ? kGpuBusy
                               : result == cudaErrorNoKernelImageForDevice ? kGpuDeviceTooOld
                                                                           : kGpuDriverFailed;
    return {state, std::string(cudaGetErrorName(result)) + " " + during};
}

Outcome enqueue(std::span<const Launch> launches, Libraries& libraries, cudaStream_t stream) {
    for (const Launch& launch : launches) {
        if (auto called = libraries.run(launch, stream)) {
            if (!called->ok()) return *called;
            continue;
        }
        const cudaError_t result = Table<AllBodies>::runners[launch.body](launch, stream);
        if (result != cudaSuccess) return cudaOutcome(result, "while a CUDA kernel was started");
    }
    return {};
}

}  // namespace convolab::gpu
