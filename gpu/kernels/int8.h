#pragma once

#include <cmath>
#include <cstring>

#include "gpu/kernels/convolution.h"
#include "gpu/kernels/pooling.h"

/// Inference in integers: int8 values on grids, int32 sums. The channels of a place lie side by side, (N, H, W, C). Every body
/// computes what core/cpu/int8/reference.cpp does with values that are 128 larger: the same integers, and the same float32 operations
/// in the same order, so the same bits.
namespace convolab::gpu {

/// Where a value lies among channels side by side.
CONVOLAB_BODY inline Index channelsLast(const Maps& maps, Index n, Index c, Index row, Index column) {
    return ((n * maps.height + row) * maps.width + column) * maps.channels + c;
}
/// The place (n, c, row, column) of value i there.
struct ChannelsLastPlace {
    Index n, c, row, column;

    CONVOLAB_BODY ChannelsLastPlace(const Maps& maps, Index i)
        : n(i / maps.image()), c(i % maps.channels), row(i / maps.channels / maps.width % maps.height), column(i / maps.channels % maps.width) {}
};

/// a + b · c with both roundings: not one fused operation with one.
CONVOLAB_BODY inline float plusProduct(float a, float b, float c) {
#ifdef __CUDA_ARCH__
    return __fadd_rn(a, __fmul_rn(b, c));
#else
    return a + b * c;
#endif
}

/// Steps of a scale onto a grid: q = ⌊clamp(steps)⌉ + zero, half to even; negative ones are multiplied by the slope first.
struct Int8Grid {
    float slope, low, high;  ///< low and high relative to zero
    std::int32_t zero;

    CONVOLAB_BODY std::int8_t operator()(float steps) const {
        if (steps < 0.0F) steps *= slope;
        steps = steps < low ? low : steps;
        steps = steps > high ? high : steps;
        return static_cast<std::int8_t>(static_cast<std::int32_t>(rintf(steps)) + zero);
    }
};

/// (N, C, H, W) float32 onto a grid; NaN becomes 0.
struct Quantize {
    Maps maps;
    const float* x;
    float scale;
    Int8Grid grid;
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const ChannelsLastPlace p(maps, i);
        const float steps = x[maps.at(p.n, p.c, p.row, p.column)] / scale;
        y[i] = grid(std::isnan(steps) ? 0.0F : steps);
    }
};

/// The other way: real = scale · (q − zero).
struct Dequantize {
    Maps maps;
    const std::int8_t* x;
    float scale;
    std::int32_t zero;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(maps, i);
        y[i] = scale * static_cast<float>(x[channelsLast(maps, p.n, p.c, p.row, p.column)] - zero);
    }
};

/// Where a sum of a filter goes: onto the grid, or as float32 to what needs no grid.
struct Int8Result {
    Int8Grid grid;
    const float* multiplier;  ///< per filter: input scale · weight scale / output scale
    std::int8_t* y;           ///< null: reals
    float* reals;

    CONVOLAB_BODY void put(Index i, Index filter, std::int32_t sum) const {
        const float value = static_cast<float>(sum) * multiplier[filter];
        if (y != nullptr) y[i] = grid(value);
        else reals[i] = value < 0.0F ? value * grid.slope : value;
    }
};

/// sum[n, i, j, f] = bias[f] + Σ (x[n, i·s + u·d − p, j·s + v·d − p, c] − zero) · w[f, u, v, c]. Also dense layers.
struct Int8Convolution {
    ConvolutionShape s;
    const std::int8_t *x, *w;
    Index each;                 ///< bytes of a filter
    const std::int32_t* bias;
    std::int32_t inputZero;
    Int8Result result;
    CONVOLAB_BODY void operator()(Index i) const {
        const ChannelsLastPlace p(s.out, i);
        const Index firstChannel = p.c / s.filtersPerGroup() * s.depth();
        std::int32_t sum = bias[p.c];
        for (Index u = 0; u < s.kernelHeight; ++u) {
            for (Index v = 0; v < s.kernelWidth; ++v) {
                const Index row = s.row(p.row, u), column = s.column(p.column, v);
                if (!s.inside(row, column)) continue;  // padding is 0, and inputZero stands for that
                const std::int8_t* values = x + channelsLast(s.in, p.n, firstChannel, row, column);
                const std::int8_t* weights = w + p.c * each + (u * s.kernelWidth + v) * s.depth();
                for (Index c = 0; c < s.depth(); ++c) sum += (values[c] - inputZero) * weights[c];
            }
        }
        result.put(i, p.c, sum);
    }
};

/// The largest value of each window.
struct Int8MaxPool {
    PoolShape s;
    Maps out;
    const std::int8_t* x;
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const ChannelsLastPlace p(out, i);
        const Maps in{out.channels, s.rows.input, s.columns.input};
        std::int8_t largest = -128;
        for (Index r = s.rows.begin(p.row); r < s.rows.end(p.row); ++r) {
            for (Index c = s.columns.begin(p.column); c < s.columns.end(p.column); ++c) {
                const std::int8_t value = x[channelsLast(in, p.n, p.c, r, c)];
                if (value > largest) largest = value;
            }
        }
        y[i] = largest;
    }
};

/// Σ (x − zero) · (multiplier / values), onto the grid; padding counts as zeros or not at all.
struct Int8AveragePool {
    PoolShape s;
    Maps out;
    bool countPadding;
    std::int32_t inputZero;
    const float* multiplier;  ///< one
    const std::int8_t* x;
    Int8Grid grid;
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const ChannelsLastPlace p(out, i);
        const Maps in{out.channels, s.rows.input, s.columns.input};
        std::int32_t sum = 0;
        for (Index r = s.rows.begin(p.row); r < s.rows.end(p.row); ++r) {
            for (Index c = s.columns.begin(p.column); c < s.columns.end(p.column); ++c) sum += x[channelsLast(in, p.n, p.c, r, c)] - inputZero;
        }
        const auto divisor = static_cast<float>(AveragePool{s, countPadding, nullptr, nullptr}.divisor(p.row, p.column));
        y[i] = grid(static_cast<float>(sum) * (multiplier[0] / divisor));
    }
};

/// Σ (x_k − zero_k) · multiplier_k, in float32 in the order of the inputs, onto the grid.
struct Int8Add {
    static constexpr Index kMost = 16;
    const std::int8_t* x[kMost];
    const std::int32_t* zeros;
    const float* multipliers;
    Index count;
    Int8Grid grid;
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const {
        float steps = 0.0F;
        for (Index k = 0; k < count; ++k) steps = plusProduct(steps, static_cast<float>(x[k][i] - zeros[k]), multipliers[k]);
        y[i] = grid(steps);
    }
};

/// Any function of one value, from a table of 256, or one for each channel.
struct Int8Lookup {
    const std::int8_t *table, *x;
    Index channels;  ///< 1: one table for all
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = table[i % channels * 256 + x[i] + 128]; }
};

/// One input of a concatenation: its channels, through a table that moves them onto the output's grid.
struct Int8Concat {
    const std::int8_t *table, *x;
    Index first, channels, all;  ///< of the output's channels: where they begin, how many, of how many
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i / channels * all + first + i % channels] = table[x[i] + 128]; }
};

/// (H, W, C) → (C, H, W): what a dense layer behind expects.
struct Int8Flatten {
    Maps maps;
    const std::int8_t* x;
    std::int8_t* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(maps, i);
        y[i] = x[channelsLast(maps, p.n, p.c, p.row, p.column)];
    }
};

}  // namespace convolab::gpu
