#pragma once

// The gradient of a convolution's weights. Internal linkage for the reason given in vector.h.

#include "core/cpu/lanes/vector.h"

namespace convolab::lanes {
namespace {

constexpr int kMostTaps = 5;  // of a row of the kernel, at once
constexpr std::int64_t kPixelsAtOnce = 128;

/// How many outputs share a tile with so many taps, given the number of vector registers.
constexpr int weightOutputs(int registers, int taps) {
    if (registers >= 32) return taps >= 5 ? 4 : taps == 4 ? 5 : taps == 3 ? 6 : 8;
    return taps >= 5 ? 2 : taps >= 3 ? 3 : 4;
}

/// Pixels first … last − 1 of an output row, whose taps v0 … v0 + taps − 1 all lie on the input.
struct Inside {
    std::int64_t first, last;
};
inline Inside insideOf(const Geometry& g, std::int64_t v0, std::int64_t taps) {
    const std::int64_t shift = v0 - g.left;
    const std::int64_t first = smaller(g.outWidth, shift >= 0 ? 0 : (-shift + g.strideW - 1) / g.strideW);
    const std::int64_t room = g.inWidth - taps - shift;
    return {first, larger(first, room < 0 ? 0 : smaller(g.outWidth, room / g.strideW + 1))};
}

/// Rows y … end − 1 of one group: sums += gradient of R outputs × the input seen through V taps of kernel row u.
template <int L, int R, int V>
inline void weightRows(const WeightGradientJob& job, const float* input, const float* gradient, const Inside& inside, std::int64_t u,
                       std::int64_t v0, std::int64_t y, std::int64_t end, float* memory) {
    using Lane = Lanes<L>;
    const Geometry& g = job.geometry;
    typename Lane::Vector sums[R][V];
    CONVOLAB_UNROLL
    for (int r = 0; r < R; ++r) {
        CONVOLAB_UNROLL
        for (int v = 0; v < V; ++v) sums[r][v] = Lane::load(memory + (r * V + v) * L);
    }
    const std::int64_t plane = g.outHeight * g.outWidth * L;
    const std::int64_t shift = v0 - g.left;
    const std::int64_t step = g.strideW * L;
    const std::int64_t first = inside.first, last = inside.last;
    for (; y < end; ++y) {
        const std::int64_t row = y * g.strideH + u - g.top;
        if (row < 0 || row >= g.inHeight) continue;
        const float* from = input + (row * g.inWidth + shift) * L;
        const float* dy = gradient + y * g.outWidth * L;
        const float* pixels = from + first * step;
        for (std::int64_t x = first; x < last; ++x, pixels += step) {
            typename Lane::Vector d[R];
            CONVOLAB_UNROLL
            for (int r = 0; r < R; ++r) d[r] = Lane::load(dy + r * plane + x * L);
            CONVOLAB_UNROLL
            for (int v = 0; v < V; ++v) {
                const auto pixel = Lane::loadOnce(pixels + v * L);
                CONVOLAB_UNROLL
                for (int r = 0; r < R; ++r) sums[r][v] += d[r] * pixel;
            }
        }
        for (std::int64_t x = 0; x < g.outWidth; ++x) {
            if (x == first) x = last;  // only the borders
            if (x >= g.outWidth) break;
            CONVOLAB_UNROLL
            for (int v = 0; v < V; ++v) {
                const std::int64_t column = x * g.strideW + shift + v;
                if (column < 0 || column >= g.inWidth) continue;
                const auto pixel = Lane::load(from + (x * g.strideW + v) * L);
                CONVOLAB_UNROLL
                for (int r = 0; r < R; ++r) sums[r][v] += Lane::load(dy + r * plane + x * L) * pixel;
            }
        }
    }
    CONVOLAB_UNROLL
    for (int r = 0; r < R; ++r) {
        CONVOLAB_UNROLL
        for (int v = 0; v < V; ++v) Lane::store(sums[r][v], memory + (r * V + v) * L);
    }
}

/// The gradient of R filters' kernels for input i, taps v0 … v0 + V − 1 of each row. Few rows of one group at a time, all
/// kernel rows for them: they stay in the first-level cache. The sums wait in memory meanwhile.
template <int L, int R, int V>
inline void weightTile(const WeightGradientJob& job, std::int64_t o, std::int64_t i, std::int64_t v0) {
    const Geometry& g = job.geometry;
    alignas(64) float sums[kMostKernelRows * R * V * L];
    std::memset(sums, 0, static_cast<std::size_t>(g.kernelH * R * V * L) * sizeof(float));
    const std::int64_t step = larger(1, kPixelsAtOnce / g.outWidth);
    const Inside inside = insideOf(g, v0, V);
    for (std::int64_t group = 0; group < job.groups; ++group) {
        const float* input = job.input + (group * g.inChannels + i) * g.inHeight * g.inWidth * L;
        const float* gradient = job.outputGradient + (group * g.outChannels + o) * g.outHeight * g.outWidth * L;
        for (std::int64_t y = 0; y < g.outHeight; y += step) {
            for (std::int64_t u = 0; u < g.kernelH; ++u) {
                weightRows<L, R, V>(job, input, gradient, inside, u, v0, y, smaller(g.outHeight, y + step), sums + u * R * V * L);
            }
        }
    }
    for (std::int64_t u = 0; u < g.kernelH; ++u) {
        for (int r = 0; r < R; ++r) {
            float* to = job.weightGradient + (((o + r) * g.inChannels + i) * g.kernelH + u) * g.kernelW + v0;
            for (int v = 0; v < V; ++v) to[v] = Lanes<L>::sum(Lanes<L>::load(sums + ((u * R + r) * V + v) * L));
        }
    }
}

template <int L, int R, int V>
inline void weightOutputsOf(const WeightGradientJob& job, std::int64_t outputs, std::int64_t o, std::int64_t i, std::int64_t v0) {
    if constexpr (R > 0) {
        if (outputs == R) weightTile<L, R, V>(job, o, i, v0);
        else weightOutputsOf<L, R - 1, V>(job, outputs, o, i, v0);
    }
}

template <int L, int Registers, int V>
inline void weightTaps(const WeightGradientJob& job, std::int64_t taps, std::int64_t o, std::int64_t outputs, std::int64_t i,
                       std::int64_t v0) {
    if constexpr (V > 0) {
        if (taps != V) return weightTaps<L, Registers, V - 1>(job, taps, o, outputs, i, v0);
        constexpr int kTile = weightOutputs(Registers, V);
        for (std::int64_t first = 0; first < outputs; first += kTile) {
            weightOutputsOf<L, kTile, V>(job, smaller(kTile, outputs - first), o + first, i, v0);
        }
    }
}

template <int L>
inline void sumBias(const WeightGradientJob& job, std::int64_t o) {
    const Geometry& g = job.geometry;
    const std::int64_t pixels = g.outHeight * g.outWidth;
    typename Lanes<L>::Vector sums[4] = {};
    for (std::int64_t group = 0; group < job.groups; ++group) {
        const float* dy = job.outputGradient + (group * g.outChannels + o) * pixels * L;
        std::int64_t p = 0;
        for (; p + 4 <= pixels; p += 4) {
            CONVOLAB_UNROLL
            for (int k = 0; k < 4; ++k) sums[k] += Lanes<L>::load(dy + (p + k) * L);
        }
        for (; p < pixels; ++p) sums[0] += Lanes<L>::load(dy + p * L);
    }
    job.biasGradient[o] = Lanes<L>::sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

template <int Registers>
inline std::int64_t filtersOfPart(const Geometry& g) {
    return weightOutputs(Registers, static_cast<int>(smaller(kMostTaps, g.kernelW)));
}

/// A part: a tile of filters, one input map. Filters are the outer loop, so that their gradients are read from the caches.
template <int Registers>
std::int64_t weightParts(const Geometry& g) {
    const std::int64_t filters = filtersOfPart<Registers>(g);
    return (g.outChannels + filters - 1) / filters * g.inChannels;
}

template <int L, int Registers>
void weightGradient(const WeightGradientJob& job, std::int64_t begin, std::int64_t end) {
    const Geometry& g = job.geometry;
    const std::int64_t filters = filtersOfPart<Registers>(g);
    for (std::int64_t part = begin; part < end; ++part) {
        const std::int64_t o = part / g.inChannels * filters;
        const std::int64_t outputs = smaller(filters, g.outChannels - o);
        const std::int64_t i = part % g.inChannels;
        for (std::int64_t v0 = 0; v0 < g.kernelW; v0 += kMostTaps) {
            weightTaps<L, Registers, kMostTaps>(job, smaller(kMostTaps, g.kernelW - v0), o, outputs, i, v0);
        }
        if (i > 0 || job.biasGradient == nullptr) continue;
        for (std::int64_t k = 0; k < outputs; ++k) sumBias<L>(job, o + k);
    }
}

}  // namespace
}  // namespace convolab::lanes
