#pragma once

// The loops of a block, written once for all vector widths. Each file that includes this is built for another
// instruction set, so nothing here may be shared between them: everything has internal linkage.

#include "core/cpu/int8/tile.h"

// Before loops over the sums of a tile: GCC keeps an array in registers only if such loops are gone early.
#define CONVOLAB_UNROLL _Pragma("GCC unroll 16")

namespace convolab::int8 {
namespace {

/// `Rows` pixels × the block. Arithmetic of Vector: zero, pixel (4 bytes for all lanes), addGroup, addPair, finish.
template <class Vector, int Rows, int Columns>
inline void runTile(const BlockJob& job, std::int64_t first) {
    constexpr std::int64_t kStride = std::int64_t{Vector::kLanes} * kGroup;  // of one vector of weights
    typename Vector::Sum sums[Rows][Columns];
    const std::uint8_t* pixels[Rows];
    CONVOLAB_UNROLL
    for (int r = 0; r < Rows; ++r) {
        pixels[r] = job.base + job.pixelOffsets[first + r];
        CONVOLAB_UNROLL
        for (int c = 0; c < Columns; ++c) sums[r][c] = Vector::zero();
    }
    const std::int8_t* weights = job.weights;
    const std::int32_t* offset = job.groupOffsets;
    for (std::int64_t g = 0; g < job.pairs; ++g, offset += 2, weights += 2 * Columns * kStride) {
        CONVOLAB_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const auto x0 = Vector::pixel(pixels[r] + offset[0]);
            const auto x1 = Vector::pixel(pixels[r] + offset[1]);
            CONVOLAB_UNROLL
            for (int c = 0; c < Columns; ++c) {
                sums[r][c] = Vector::addPair(sums[r][c], x0, weights + c * kStride, x1, weights + (Columns + c) * kStride);
            }
        }
    }
    for (std::int64_t g = 0; g < job.singles; ++g, ++offset, weights += Columns * kStride) {
        CONVOLAB_UNROLL
        for (int r = 0; r < Rows; ++r) {
            const auto x = Vector::pixel(pixels[r] + offset[0]);
            CONVOLAB_UNROLL
            for (int c = 0; c < Columns; ++c) sums[r][c] = Vector::addGroup(sums[r][c], x, weights + c * kStride);
        }
    }
    if constexpr (Vector::kHasWide) {
        const std::int16_t* wide[Rows];
        CONVOLAB_UNROLL
        for (int r = 0; r < Rows; ++r) wide[r] = job.wideBase + job.pixelOffsets[first + r];
        for (std::int64_t g = 0; g < job.wide; ++g, ++offset, weights += 2 * Columns * kStride) {
            CONVOLAB_UNROLL
            for (int r = 0; r < Rows; ++r) {
                const auto x0 = Vector::twoWide(wide[r] + offset[0]);
                const auto x1 = Vector::twoWide(wide[r] + offset[0] + 2);
                CONVOLAB_UNROLL
                for (int c = 0; c < Columns; ++c) {
                    sums[r][c] = Vector::addWide(sums[r][c], x0, weights + c * kStride);
                    sums[r][c] = Vector::addWide(sums[r][c], x1, weights + (Columns + c) * kStride);
                }
            }
        }
    }
    typename Vector::Sum results[Rows][Columns];
    CONVOLAB_UNROLL
    for (int r = 0; r < Rows; ++r) {
        CONVOLAB_UNROLL
        for (int c = 0; c < Columns; ++c) results[r][c] = sums[r][c];
    }
    const Finish finish = job.finish;  // a copy that the stores to the output cannot change
#pragma GCC unroll 1
    for (int r = 0; r < Rows; ++r) Vector::template finish<Columns>(finish, results[r], (first + r) * finish.stride);
}

template <class Vector, int Rows, int Columns>
inline void runRest(const BlockJob& job, std::int64_t first) {
    if constexpr (Rows > 0) {
        if (job.pixels - first == Rows) return runTile<Vector, Rows, Columns>(job, first);
        runRest<Vector, Rows - 1, Columns>(job, first);
    }
}

template <class Vector, int Rows, int Columns>
inline void runBlock(const BlockJob& job) {
    std::int64_t first = 0;
    for (; first + Rows <= job.pixels; first += Rows) runTile<Vector, Rows, Columns>(job, first);
    runRest<Vector, Rows - 1, Columns>(job, first);
}

/// The first `count` of up to 16 values to an output that has no room for more.
template <class T>
inline void copyOutputs(const T* from, T* to, int count) {
    for (int i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace
}  // namespace convolab::int8
