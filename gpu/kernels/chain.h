#pragma once

#include "core/backend/gpu_network.h"
#include "gpu/kernels/activations.h"
#include "gpu/kernels/block.h"
#include "gpu/kernels/elementwise.h"
#include "gpu/kernels/sums.h"

/// Layers that change values one by one, several in one kernel: each value is read once, goes through the steps, and is written once.
/// Values between the steps are never in memory; the gradient computes them again. Each step does what the body of its own does.
namespace convolab::gpu {

/// Kinds of steps: a ConvolabGpuFunction, or one of these.
enum ChainKind : std::int32_t {
    kChainAdd = 100,   ///< + first
    kChainMultiply,    ///< · first, one of them for `inner` values each
    kChainDropout,     ///< threshold; a: 1 / (1 − rate)
    kChainBatchNorm,   ///< first: Moments, second: scale, third: shift; of the batch
    kChainRunningNorm, ///< the same with the running mean (first) and variance (fourth); a: ε
    kChainInput,       ///< (x − first) / second
    kChainPrelu,       ///< first: slopes
};

struct ChainStep {
    std::int32_t kind = 0;
    std::uint32_t threshold = 0;
    float a = 0.0F, b = 0.0F;  ///< the function's numbers
    const float *first = nullptr, *second = nullptr, *third = nullptr, *fourth = nullptr;
    float* gradient = nullptr;  ///< of what is added or multiplied; null: not wanted
    std::uint64_t layer = 0;    ///< of dropout
    Divisor inner, count;       ///< value i has the parameters number i / inner mod count

    CONVOLAB_BODY std::int32_t place(Index i) const {
        const std::int32_t quotient = inner.quotient(static_cast<std::int32_t>(i));
        return count.rest(quotient, count.quotient(quotient));
    }
    CONVOLAB_BODY bool isFunction() const { return kind < kChainAdd; }
};

/// The functions of activations.h by number.
CONVOLAB_BODY inline float functionValue(std::int32_t function, float a, float b, float x) {
    switch (function) {
        case kGpuRelu: return Relu{}.value(x);
        case kGpuLeakyRelu: return LeakyRelu{a}.value(x);
        case kGpuRelu6: return Relu6{}.value(x);
        case kGpuElu: return Elu{a}.value(x);
        case kGpuGelu: return Gelu{}.value(x);
        case kGpuGeluByTanh: return GeluByTanh{}.value(x);
        case kGpuSilu: return Silu{}.value(x);
        case kGpuSoftplus: return Softplus{a, b}.value(x);
        case kGpuSigmoid: return Sigmoid{}.value(x);
        case kGpuHardSigmoid: return HardSigmoid{}.value(x);
        case kGpuHardSwish: return HardSwish{}.value(x);
        case kGpuTanh: return Tanh{}.value(x);
        default: return Step{a}.value(x);
    }
}

CONVOLAB_BODY inline float functionSlope(std::int32_t function, float a, float b, float x) {
    switch (function) {
        case kGpuRelu: return Relu{}.slope(x);
        case kGpuLeakyRelu: return LeakyRelu{a}.slope(x);
        case kGpuRelu6: return Relu6{}.slope(x);
        case kGpuElu: return Elu{a}.slope(x);
        case kGpuGelu: return Gelu{}.slope(x);
        case kGpuGeluByTanh: return GeluByTanh{}.slope(x);
        case kGpuSilu: return Silu{}.slope(x);
        case kGpuSoftplus: return Softplus{a, b}.slope(x);
        case kGpuSigmoid: return Sigmoid{}.slope(x);
        case kGpuHardSigmoid: return HardSigmoid{}.slope(x);
        case kGpuHardSwish: return HardSwish{}.slope(x);
        case kGpuTanh: return Tanh{}.slope(x);
        default: return Step{a}.slope(x);
    }
}

/// Fewer than 2³¹ values.
struct Chain {
    static constexpr std::int32_t kMost = 6;
    const float* x = nullptr;
    float* y = nullptr;
    const StepState* state = nullptr;  ///< for dropout
    std::int32_t count = 0;
    ChainStep steps[kMost];

    CONVOLAB_BODY bool isKept(const ChainStep& s, Index i) const { return dropoutKeeps(*state, s.layer, s.threshold, i); }
    CONVOLAB_BODY float apply(const ChainStep& s, float value, Index i) const {
        switch (s.kind) {
            case kChainAdd: return value + s.first[i];
            case kChainMultiply: return value * s.first[s.inner.quotient(static_cast<std::int32_t>(i))];
            case kChainDropout: return isKept(s, i) ? value * s.a : 0.0F;
            case kChainBatchNorm: {
                const std::int32_t c = s.place(i);
                const float mean = s.first[2 * c], inverse = s.first[2 * c + 1];
                return (value - mean) * (s.second[c] * inverse) + s.third[c];
            }
            case kChainRunningNorm: {
                const std::int32_t c = s.place(i);
                const float inverse = 1.0F / std::sqrt(s.fourth[c] + s.a);
                return (value - s.first[c]) * (s.second[c] * inverse) + s.third[c];
            }
            case kChainInput: {
                const std::int32_t c = s.place(i);
                return (value - s.first[c]) / s.second[c];
            }
            case kChainPrelu: return value > 0.0F ? value : s.first[s.place(i)] * value;
            default: return functionValue(s.kind, s.a, s.b, value);
        }
    }
    CONVOLAB_BODY void operator()(Index i) const {
        float value = x[i];
        for (std::int32_t k = 0; k < count; ++k) value = apply(steps[k], value, i);
        y[i] = value;
    }
    bool beginsFours() const {
        bool all = beginFours(x, y);
        for (std::int32_t k = 0; k < count; ++k) all = all && (steps[k].kind != kChainAdd || beginFours(steps[k].first));
        return all;
    }
    /// Step by step: which one it is is asked once for four values.
    CONVOLAB_BODY void four(Index place) const {
        Four values = fourOf(x, place);
        for (std::int32_t k = 0; k < count; ++k) {
            const ChainStep& s = steps[k];
            if (s.kind == kChainAdd) {
                const Four other = fourOf(s.first, place);
                for (int j = 0; j < 4; ++j) values.v[j] += other.v[j];
            } else if (s.kind == kChainDropout) {
                dropFour(*state, s.layer, s.threshold, s.a, place, values);
            } else {
                for (int j = 0; j < 4; ++j) values.v[j] = apply(s, values.v[j], 4 * place + j);
            }
        }
        fourAt(y, place) = values;
    }
};

/// Backwards through the steps: dx, and on the way the gradients of what was added and multiplied.
struct ChainGradient {
    Chain chain;
    const float* dy = nullptr;
    float* dx = nullptr;          ///< null: not wanted
    std::int32_t first = 0;       ///< 1: step 0 has a gradient of its own
    std::int32_t recomputed = 0;  ///< so many steps' values are needed: 0 needs no x
    bool byOutput = false;        ///< a ReLU comes last and alone needs a value: that of y serves, whose sign is the same

    /// The gradient in front of step `first`.
    CONVOLAB_BODY float at(Index i) const {
        float before[Chain::kMost] = {};
        if (recomputed > 0) {
            before[0] = chain.x[i];
            for (std::int32_t k = 1; k < recomputed; ++k) before[k] = chain.apply(chain.steps[k - 1], before[k - 1], i);
        }
        if (byOutput) before[chain.count - 1] = chain.y[i];
        float gradient = dy[i];
        for (std::int32_t k = chain.count - 1; k >= first; --k) {
            const ChainStep& s = chain.steps[k];
            if (s.isFunction()) {
                gradient *= functionSlope(s.kind, s.a, s.b, before[k]);
            } else if (s.kind == kChainAdd) {
                if (s.gradient != nullptr) s.gradient[i] = gradient;
            } else if (s.kind == kChainMultiply) {
                if (s.gradient != nullptr) s.gradient[i] = gradient * before[k];
                gradient *= s.first[s.inner.quotient(static_cast<std::int32_t>(i))];
            } else if (s.kind == kChainDropout) {
                gradient = chain.isKept(s, i) ? gradient * s.a : 0.0F;
            } else if (s.kind == kChainInput) {
                gradient /= s.second[s.place(i)];
            }
        }
        return gradient;
    }
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = at(i);
        if (dx != nullptr) dx[i] = gradient;
    }
};

/// The gradient of a batch norm with a chain behind it whose gradient nobody else asks for: `behind` is gone through while dy is read.
/// `of.dy` is that of the chain's end.
struct ChainedNormTerms : SumOfPairs {
    BatchNormParameterGradient of;
    ChainGradient behind;
    CONVOLAB_BODY Index count(Index) const { return of.v.count(); }
    CONVOLAB_BODY void add(GradientSums& value, Index c, Index k) const {
        const Index i = of.v.at(c, k);
        of.add(value, i, c, behind.at(i));
    }
    CONVOLAB_BODY void finish(Index c, const GradientSums& value) const { of.keep(c, value); }
};

/// One thread per channel.
struct ChainedNormParameterGradient {
    ChainedNormTerms terms;
    CONVOLAB_BODY void operator()(Index c) const {
        GradientSums value{0.0F, 0.0F};
        for (Index k = 0; k < terms.count(c); ++k) terms.add(value, c, k);
        terms.finish(c, value);
    }
};

struct ChainedNormInputGradient {
    BatchNormInputGradient of;
    ChainGradient behind;
    CONVOLAB_BODY void operator()(Index i) const { of.dx[i] = of.gradient(i, behind.at(i)); }
};

}  // namespace convolab::gpu
