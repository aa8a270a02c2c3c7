#pragma once

// A row of a convolution. Internal linkage for the reason given in vector.h.

#include "core/cpu/lanes/vector.h"

namespace convolab::lanes {
namespace {

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

}  // namespace
}  // namespace convolab::lanes
