#pragma once

// The loops of the lanes tier, written once for all vector widths. Each file that includes this is built for another
// instruction set, so nothing here may be shared between them: everything has internal linkage.

#include <cstring>

#include "core/cpu/lanes/kernels.h"

// Before loops over the sums of a tile: GCC keeps an array in registers only if such loops are gone early.
#define CONVOLAB_UNROLL _Pragma("GCC unroll 16")

namespace convolab::lanes {
namespace {

template <int L>
struct Lanes {
    typedef float Vector __attribute__((vector_size(4 * L)));
    static Vector load(const float* from) {
        Vector v;
        std::memcpy(&v, from, sizeof v);
        return v;
    }
    /// Loaded once into a register: GCC would rather read it again for every product.
    static Vector loadOnce(const float* from) {
        Vector v = load(from);
        asm("" : "+v"(v));
        return v;
    }
    static void store(Vector v, float* to) { std::memcpy(to, &v, sizeof v); }
    static float sum(Vector v) {
        float values[L];
        store(v, values);
        for (int width = L / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; ++i) values[i] += values[i + width];
        }
        return values[0];
    }
};

inline std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
inline std::int64_t larger(std::int64_t a, std::int64_t b) { return a > b ? a : b; }

/// Taps first … last − 1 of a kernel lie on the input.
struct Taps {
    std::int64_t first, last;
};
inline Taps tapsAt(std::int64_t start, std::int64_t kernel, std::int64_t size) {  // start: place of tap 0
    return {larger(0, -start), smaller(kernel, size - start)};
}

/// R outputs × pixels x and x + 1 of row y (with `Pixels` 1: x alone). Taps at the border that only one of the two sees are
/// worked off apart, so that nothing is ever padded.
template <int L, int R, int Pixels>
inline void convolveTile(const ConvolutionJob& job, const float* weights, std::int64_t o, std::int64_t y, std::int64_t x) {
    using Lane = Lanes<L>;
    const Geometry& g = job.geometry;
    typename Lane::Vector sums[R][Pixels];
    CONVOLAB_UNROLL
    for (int r = 0; r < R; ++r) {
        const float bias = job.bias == nullptr ? 0.0F : job.bias[o + r];
        CONVOLAB_UNROLL
        for (int p = 0; p < Pixels; ++p) sums[r][p] = typename Lane::Vector{} + bias;
    }
    const std::int64_t row = y * g.strideH - g.top;
    const std::int64_t column = x * g.strideW - g.left;
    const Taps rows = tapsAt(row, g.kernelH, g.inHeight);
    const Taps left = tapsAt(column, g.kernelW, g.inWidth);
    const Taps right = tapsAt(column + g.strideW, g.kernelW, g.inWidth);
    const Taps both = Pixels == 1 ? left : Taps{larger(left.first, right.first), smaller(left.last, right.last)};
    for (std::int64_t i = 0; i < g.inChannels; ++i) {
        for (std::int64_t u = rows.first; u < rows.last; ++u) {
            const float* from = job.input + ((i * g.inHeight + row + u) * g.inWidth + column) * L;
            const float* w = weights + (i * g.kernelH + u) * g.kernelW * R;
            if constexpr (Pixels == 2) {
                for (std::int64_t v = right.first; v < smaller(right.last, both.first); ++v) {
                    const auto pixel = Lane::load(from + (g.strideW + v) * L);
                    CONVOLAB_UNROLL
                    for (int r = 0; r < R; ++r) sums[r][1] += pixel * w[v * R + r];
                }
                for (std::int64_t v = larger(left.first, both.last); v < left.last; ++v) {
                    const auto pixel = Lane::load(from + v * L);
                    CONVOLAB_UNROLL
                    for (int r = 0; r < R; ++r) sums[r][0] += pixel * w[v * R + r];
                }
            }
            const float* second = from + g.strideW * L;
            for (std::int64_t v = both.first; v < both.last; ++v) {
                typename Lane::Vector pixels[Pixels];
                pixels[0] = Lane::load(from + v * L);
                if constexpr (Pixels == 2) pixels[1] = Lane::load(second + v * L);
                CONVOLAB_UNROLL
                for (int r = 0; r < R; ++r) {
                    CONVOLAB_UNROLL
                    for (int p = 0; p < Pixels; ++p) sums[r][p] += pixels[p] * w[v * R + r];
                }
            }
        }
    }
    CONVOLAB_UNROLL
    for (int r = 0; r < R; ++r) {
        float* to = job.output + (((o + r) * g.outHeight + y) * g.outWidth + x) * L;
        CONVOLAB_UNROLL
        for (int p = 0; p < Pixels; ++p) {
            auto value = sums[r][p];
            if (job.activated) value = value <= 0.0F ? value * job.slope : value;
            Lane::store(value, to + p * L);
        }
    }
}

template <int L, int R>
inline void convolveOutputs(const ConvolutionJob& job, std::int64_t outputs, const float* weights, std::int64_t o, std::int64_t y,
                            std::int64_t x) {
    if constexpr (R > 0) {
        if (outputs != R) return convolveOutputs<L, R - 1>(job, outputs, weights, o, y, x);
        if (x + 1 < job.geometry.outWidth) convolveTile<L, R, 2>(job, weights, o, y, x);
        else convolveTile<L, R, 1>(job, weights, o, y, x);
    }
}

/// All outputs for two pixels at a time: what these see of the input stays in the first-level cache.
template <int L, int MostOutputs>
void convolveRow(const ConvolutionJob& job, std::int64_t y) {
    const Geometry& g = job.geometry;
    const std::int64_t filter = g.inChannels * g.kernelH * g.kernelW;
    for (std::int64_t x = 0; x < g.outWidth; x += 2) {
        for (std::int64_t tile = 0; tile < job.tiles; ++tile) {
            const std::int64_t o = tileBegin(g.outChannels, job.tiles, tile);
            const std::int64_t outputs = tileBegin(g.outChannels, job.tiles, tile + 1) - o;
            convolveOutputs<L, MostOutputs>(job, outputs, job.weights + o * filter, o, y, x);
        }
    }
}

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
