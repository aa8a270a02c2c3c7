#include "gpu/launch/enqueue.h"

namespace convolab::gpu {

namespace {

using Runner = cudaError_t (*)(const Launch& launch, cudaStream_t stream);

template <class Body>
cudaError_t run(const Launch& launch, cudaStream_t stream) {
    Body body;
    std::memcpy(&body, launch.arguments, sizeof body);
    return enqueueBody(body, launch.count, stream);
}

template <class List>
struct Table;
template <class... Bodies>
struct Table<BodyList<Bodies...>> {
    static constexpr Runner runners[] = {&run<Bodies>...};
    static constexpr cudaError_t (*residents[])(int*) = {&residentBlocksOf<Bodies>...};
};

}  // namespace

cudaError_t residentBlocks(const Launch& launch, int* blocks) { return Table<AllBodies>::residents[launch.body](blocks); }

cudaError_t enqueue(std::span<const Launch> launches, cudaStream_t stream) {
    for (const Launch& launch : launches) {
        const cudaError_t result = Table<AllBodies>::runners[launch.body](launch, stream);
        if (result != cudaSuccess) return result;
    }
    return cudaSuccess;
}

}  // namespace convolab::gpu
