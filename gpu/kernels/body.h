#pragma once

#include <concepts>
#include <cstdint>

/// A *body* is what one thread of a CUDA kernel does: a plain struct of pointers and sizes whose operator()(i) computes
/// result i, all of it, and writes nothing else. So no two threads write the same place, nothing is added atomically, sums
/// run in a fixed order, and a run repeats bit for bit. The same text compiles for the processor: a loop over i is the
/// kernel without a GPU, and how the tests compare it with the layers' reference arithmetic.
#ifdef __CUDACC__
#define CONVOLAB_BODY __host__ __device__
#else
#define CONVOLAB_BODY
#endif

namespace convolab::gpu {

/// Counts and places of values; wide enough for any tensor.
using Index = std::int64_t;

/// max(x, 0), and NaN stays NaN: behind a convolution or a dense layer, where it costs nothing.
CONVOLAB_BODY inline float rectified(bool wanted, float x) { return wanted && x < 0.0F ? 0.0F : x; }

/// Four values that are neighbours in memory, which a thread reads or writes at once.
struct alignas(16) Four {
    float v[4];
};
CONVOLAB_BODY inline Four fourOf(const float* values, Index k) { return reinterpret_cast<const Four*>(values)[k]; }
CONVOLAB_BODY inline Four& fourAt(float* values, Index k) { return reinterpret_cast<Four*>(values)[k]; }
template <class... Pointers>
bool beginFours(Pointers... values) {
    return ((reinterpret_cast<std::uintptr_t>(values) % sizeof(Four) == 0) && ...);
}

/// A body that can compute results 4k … 4k + 3 at once, the same bits, if its values lie so.
template <class Body>
concept FourBody = requires(const Body body) {
    body.four(Index{});
    body.beginsFours();
};

/// Images or maps (n, channels, height, width) and what lies where in them.
struct Maps {
    Index channels = 1, height = 1, width = 1;

    CONVOLAB_BODY Index plane() const { return height * width; }
    CONVOLAB_BODY Index image() const { return channels * height * width; }
    CONVOLAB_BODY Index at(Index n, Index c, Index row, Index column) const {
        return ((n * channels + c) * height + row) * width + column;
    }
};

/// The place (n, c, row, column) of value i.
struct MapPlace {
    Index n, c, row, column;

    CONVOLAB_BODY MapPlace(const Maps& maps, Index i)
        : n(i / maps.image()), c(i / maps.plane() % maps.channels), row(i / maps.width % maps.height), column(i % maps.width) {}
};

}  // namespace convolab::gpu
