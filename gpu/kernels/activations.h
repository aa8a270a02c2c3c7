#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Element-wise activations: one thread per value. Each function has its value and its slope (the derivative at x).
namespace convolab::gpu {

template <class Function>
struct Activate {
    const float* x;
    float* y;
    Function f;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = f.value(x[i]); }
    bool beginsFours() const { return beginFours(x, y); }
    CONVOLAB_BODY void four(Index k) const {
        Four values = fourOf(x, k);
        for (float& value : values.v) value = f.value(value);
        fourAt(y, k) = values;
    }
};

template <class Function>
struct ActivateGradient {
    const float *x, *dy;
    float* dx;
    Function f;
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = dy[i] * f.slope(x[i]); }
    bool beginsFours() const { return beginFours(x, dy, dx); }
    CONVOLAB_BODY void four(Index k) const {
        const Four values = fourOf(x, k);
        Four gradients = fourOf(dy, k);
        for (int j = 0; j < 4; ++j) gradients.v[j] *= f.slope(values.v[j]);
        fourAt(dx, k) = gradients;
    }
};

struct Relu {
    CONVOLAB_BODY float value(float x) const { return x < 0.0F ? 0.0F : x; }  // NaN stays NaN
    CONVOLAB_BODY float slope(float x) const { return x > 0.0F ? 1.0F : 0.0F; }
};

struct LeakyRelu {
    float factor;
    CONVOLAB_BODY float value(float x) const { return x > 0.0F ? x : factor * x; }
    CONVOLAB_BODY float slope(float x) const { return x > 0.0F ? 1.0F : factor; }
};

struct Relu6 {
    CONVOLAB_BODY float value(float x) const { return x < 0.0F ? 0.0F : x > 6.0F ? 6.0F : x; }
    CONVOLAB_BODY float slope(float x) const { return x > 0.0F && x < 6.0F ? 1.0F : 0.0F; }
};

struct Elu {
    float alpha;
    CONVOLAB_BODY float value(float x) const { return x > 0.0F ? x : alpha * std::expm1(x); }
    CONVOLAB_BODY float slope(float x) const { return x > 0.0F ? 1.0F : alpha * std::exp(x); }
};

/// x · Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel, 2016).
struct Gelu {
    static constexpr float kRootOfHalf = 0.70710678F;
    static constexpr float kDensityAtZero = 0.39894228F;  // 1 / √(2π)
    CONVOLAB_BODY float value(float x) const { return x / 2.0F * (1.0F + std::erf(x * kRootOfHalf)); }
    CONVOLAB_BODY float slope(float x) const {
        return (1.0F + std::erf(x * kRootOfHalf)) / 2.0F + x * kDensityAtZero * std::exp(-x * x / 2.0F);
    }
};

/// The same with Φ approximated: (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
struct GeluByTanh {
    static constexpr float kRootOfTwoOverPi = 0.79788456F;
    static constexpr float kCubic = 0.044715F;
    CONVOLAB_BODY float inner(float x) const { return kRootOfTwoOverPi * (x + kCubic * x * x * x); }
    CONVOLAB_BODY float value(float x) const { return x / 2.0F * (1.0F + std::tanh(inner(x))); }
    CONVOLAB_BODY float slope(float x) const {
        const float t = std::tanh(inner(x));
        return (1.0F + t) / 2.0F + x / 2.0F * (1.0F - t * t) * kRootOfTwoOverPi * (1.0F + 3.0F * kCubic * x * x);
    }
};

struct Sigmoid {
    CONVOLAB_BODY float value(float x) const { return 1.0F / (1.0F + std::exp(-x)); }
    CONVOLAB_BODY float slope(float x) const {
        const float y = value(x);
        return y * (1.0F - y);
    }
};

struct Silu {
    CONVOLAB_BODY float value(float x) const { return x * Sigmoid{}.value(x); }
    CONVOLAB_BODY float slope(float x) const {
        const float s = Sigmoid{}.value(x);
        return s * (1.0F + x * (1.0F - s));
    }
};

/// log(1 + exp(β x)) / β, and x itself where β x is above the threshold.
struct Softplus {
    float beta, threshold;
    CONVOLAB_BODY float value(float x) const {
        const float scaled = beta * x;
        if (scaled > threshold) return x;
        return ((scaled > 0.0F ? scaled : 0.0F) + std::log1p(std::exp(-std::fabs(scaled)))) / beta;
    }
    CONVOLAB_BODY float slope(float x) const {
        const float scaled = beta * x;
        return scaled > threshold ? 1.0F : 1.0F / (1.0F + std::exp(-scaled));
    }
};

struct HardSigmoid {
    CONVOLAB_BODY float value(float x) const { return x <= -3.0F ? 0.0F : x >= 3.0F ? 1.0F : (x + 3.0F) / 6.0F; }
    CONVOLAB_BODY float slope(float x) const { return x > -3.0F && x < 3.0F ? 1.0F / 6.0F : 0.0F; }
};

struct HardSwish {
    CONVOLAB_BODY float value(float x) const { return x <= -3.0F ? 0.0F : x >= 3.0F ? x : x * (x + 3.0F) / 6.0F; }
    CONVOLAB_BODY float slope(float x) const { return x <= -3.0F ? 0.0F : x >= 3.0F ? 1.0F : x / 3.0F + 0.5F; }
};

struct Tanh {
    CONVOLAB_BODY float value(float x) const { return std::tanh(x); }
    CONVOLAB_BODY float slope(float x) const {
        const float y = std::tanh(x);
        return 1.0F - y * y;
    }
};

struct Step {
    float passes;  ///< 1: the gradient goes through, as the perceptron's rule wants it; else 0
    CONVOLAB_BODY float value(float x) const { return x > 0.0F ? 1.0F : x <= 0.0F ? 0.0F : x; }  // NaN stays NaN
    CONVOLAB_BODY float slope(float) const { return passes; }
};

/// Leaky ReLU with a learned factor, one for all values (`slopes` = 1) or one per channel of `inner` values.
struct Prelu {
    const float *x, *slope;
    float* y;
    Index slopes, inner;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = x[i] > 0.0F ? x[i] : slope[i / inner % slopes] * x[i]; }
};

struct PreluGradient {
    const float *x, *dy, *slope;
    float* dx;
    Index slopes, inner;
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = x[i] > 0.0F ? dy[i] : slope[i / inner % slopes] * dy[i]; }
};

/// One thread per slope: d[slope] = Σ dy · x over the values ≤ 0 that it scales.
struct PreluSlopeGradient {
    const float *x, *dy;
    float* dslope;
    Index slopes, inner, count;
    CONVOLAB_BODY void operator()(Index s) const {
        float sum = 0.0F;
        for (Index i = 0; i < count; ++i) {
            if (i / inner % slopes == s && !(x[i] > 0.0F)) sum += dy[i] * x[i];
        }
        dslope[s] = sum;
    }
};

}  // namespace convolab::gpu
