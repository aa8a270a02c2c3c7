#pragma once

#include "core/backend/gpu_network.h"
#include "gpu/kernels/body.h"

/// What is done to values one by one, or while they are brought to another place.
namespace convolab::gpu {

/// The input node: y = (x − mean[c]) / std[c], one of each for all channels (`constants` = 1) or one per channel.
struct NormaliseInput {
    const float *x, *mean, *deviation;
    float* y;
    Index constants, plane;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index c = i / plane % constants;
        y[i] = (x[i] - mean[c]) / deviation[c];
    }
};

struct NormaliseInputGradient {
    const float *dy, *deviation;
    float* dx;
    Index constants, plane;
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = dy[i] / deviation[i / plane % constants]; }
};

/// y = a + b; y may be a.
struct Add {
    const float *a, *b;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = a[i] + b[i]; }
    bool beginsFours() const { return beginFours(a, b, y); }
    CONVOLAB_BODY void four(Index k) const {
        Four sum = fourOf(a, k);
        const Four other = fourOf(b, k);
        for (int j = 0; j < 4; ++j) sum.v[j] += other.v[j];
        fourAt(y, k) = sum;
    }
};

struct Copy {
    const float* x;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = x[i]; }
    bool beginsFours() const { return beginFours(x, y); }
    CONVOLAB_BODY void four(Index k) const { fourAt(y, k) = fourOf(x, k); }
};

/// Products of up to eight factors; one that has fewer values (one per channel) counts for `repeat` values each.
struct Factors {
    static constexpr Index kMost = 8;
    const float* values[kMost];
    Index repeat[kMost];
    Index count;
    /// Π of all but factor `left` (−1: of all) at value i.
    CONVOLAB_BODY float product(Index i, Index left, float start) const {
        float result = start;
        for (Index m = 0; m < count; ++m) {
            if (m != left) result *= values[m][i / repeat[m]];
        }
        return result;
    }
};

struct Multiply {
    Factors f;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = f.product(i, -1, 1.0F); }
};

/// Of factor k, one thread per value of it: Σ dy · the other factors over the values that it counts for.
struct MultiplyGradient {
    Factors f;
    Index k;
    const float* dy;
    float* dx;
    CONVOLAB_BODY void operator()(Index j) const {
        float sum = 0.0F;
        for (Index i = j * f.repeat[k]; i < (j + 1) * f.repeat[k]; ++i) sum += f.product(i, k, dy[i]);
        dx[j] = sum;
    }
};

/// One of several inputs that lie behind one another in each image: `each` of `total` values, from `first` on.
struct Piece {
    Index each, total, first;
    CONVOLAB_BODY Index place(Index i) const { return i / each * total + first + i % each; }
};

struct Concat {  ///< one thread per value of the piece
    Piece p;
    const float* x;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[p.place(i)] = x[i]; }
};

struct ConcatGradient {
    Piece p;
    const float* dy;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = dy[p.place(i)]; }
};

/// Kinds whose values are copies, constants or fixed mixtures of the input's (permute, slice, pad, resize …): value i of an
/// image is `constant`, or Σ weight · x[from] over entries start[i] … start[i + 1] − 1. The gradient is the same with the
/// table turned around.
struct Mix {
    const std::int32_t *start, *from;
    const float* weight;
    const float* x;
    float* y;
    Index each, inputs;  ///< values per image of y and of x
    float constant;      ///< where there are no entries
    CONVOLAB_BODY void operator()(Index i) const {
        const Index n = i / each, k = i % each;
        float sum = start[k] == start[k + 1] ? constant : 0.0F;
        for (std::int32_t e = start[k]; e < start[k + 1]; ++e) sum += weight[e] * x[n * inputs + from[e]];
        y[i] = sum;
    }
};

/// What changes from step to step although the kernels stay the same: lies in the device's memory, so that a recorded graph
/// of kernels can be replayed.
struct StepState {
    std::uint32_t dropoutKey[2];  ///< randomKey(seed, Dropout, step)
    ConvolabGpuUpdate update;
};

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), as in core/util/random.h.
struct Philox {
    std::uint32_t value[4];
    CONVOLAB_BODY Philox(std::uint32_t key0, std::uint32_t key1, std::uint64_t low, std::uint64_t high)
        : value{static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(high),
                static_cast<std::uint32_t>(high >> 32)} {
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t a = std::uint64_t{0xD2511F53U} * value[0], b = std::uint64_t{0xCD9E8D57U} * value[2];
            const std::uint32_t one = value[1], three = value[3];
            value[0] = static_cast<std::uint32_t>(b >> 32) ^ one ^ key0;
            value[1] = static_cast<std::uint32_t>(b);
            value[2] = static_cast<std::uint32_t>(a >> 32) ^ three ^ key1;
            value[3] = static_cast<std::uint32_t>(a);
            key0 += 0x9E3779B9U;
            key1 += 0xBB67AE85U;
        }
    }
};

/// Whether dropout keeps value i; `threshold`: rate · 2²⁴.
CONVOLAB_BODY inline bool dropoutKeeps(const StepState& state, std::uint64_t layer, std::uint32_t threshold, Index i) {
    const Philox random(state.dropoutKey[0], state.dropoutKey[1], static_cast<std::uint64_t>(i) / 4, layer);
    return (random.value[i % 4] >> 8) >= threshold;
}

/// Values 4k … 4k + 3 through dropout: one draw is for four.
CONVOLAB_BODY inline void dropFour(const StepState& state, std::uint64_t layer, std::uint32_t threshold, float scale, Index k, Four& values) {
    const Philox random(state.dropoutKey[0], state.dropoutKey[1], static_cast<std::uint64_t>(k), layer);
    for (int j = 0; j < 4; ++j) values.v[j] = (random.value[j] >> 8) >= threshold ? values.v[j] * scale : 0.0F;
}

/// Forward and backward: keeps value i, times 1 / (1 − rate), or makes it 0. The mask is the processor's, a pure function of
/// seed, step, layer and i (core/layers/dropout_mask.h).
struct Dropout {
    const StepState* state;
    std::uint64_t layer;
    std::uint32_t threshold;  ///< rate · 2²⁴
    float scale;
    const float* x;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = dropoutKeeps(*state, layer, threshold, i) ? x[i] * scale : 0.0F; }
    bool beginsFours() const { return beginFours(x, y); }
    CONVOLAB_BODY void four(Index k) const {
        Four values = fourOf(x, k);
        dropFour(*state, layer, threshold, scale, k, values);
        fourAt(y, k) = values;
    }
};

}  // namespace convolab::gpu
