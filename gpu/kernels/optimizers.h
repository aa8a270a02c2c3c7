#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Updates over the flat buffer of all parameters, one thread per parameter; the formulas and their order of operations are
/// those of core/train/optimizers.
namespace convolab::gpu {

/// w ← w − η (g + λ w).
struct SgdUpdate {
    float* w;
    const float* g;
    float rate, decay;
    CONVOLAB_BODY void operator()(Index i) const { w[i] -= rate * (g[i] + decay * w[i]); }
};

/// v ← μ v + g;  w ← w − η v, or with Nesterov's look ahead w ← w − η (g + μ v).
struct MomentumUpdate {
    float* w;
    const float* g;
    float* v;
    float rate, decay, momentum;
    bool nesterov;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (nesterov ? gradient + momentum * v[i] : v[i]);
    }
};

/// Adam (l2 in the gradient) and AdamW (shrink before the step): Kingma and Ba, 2015; Loshchilov and Hutter, 2019.
struct AdamUpdate {
    float* w;
    const float* g;
    float *m, *v;
    float beta1, beta1Rest, beta2, beta2Rest;
    float stepSize;     ///< η / (1 − β₁ᵗ)
    float secondScale;  ///< √(1 − β₂ᵗ)
    float epsilon, l2, shrink;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + l2 * w[i];
        m[i] = beta1 * m[i] + beta1Rest * gradient;
        v[i] = beta2 * v[i] + beta2Rest * gradient * gradient;
        w[i] = shrink * w[i] - stepSize * (m[i] / (std::sqrt(v[i]) / secondScale + epsilon));
    }
};

/// s ← α s + (1 − α) g²;  w ← w − η g / (√s + ε); centered: √(s − mean²); with momentum: a velocity of those steps.
struct RmspropUpdate {
    float* w;
    const float* g;
    float *square, *mean, *velocity;  ///< mean and velocity may be null
    float alpha, alphaRest, rate, epsilon, decay, momentum;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + decay * w[i];
        square[i] = alpha * square[i] + alphaRest * gradient * gradient;
        float variance = square[i];
        if (mean != nullptr) {
            mean[i] = alpha * mean[i] + alphaRest * gradient;
            variance = square[i] - mean[i] * mean[i];
            if (variance < 0.0F) variance = 0.0F;  // rounding
        }
        float direction = gradient / (std::sqrt(variance) + epsilon);
        if (velocity != nullptr) {
            velocity[i] = momentum * velocity[i] + direction;
            direction = velocity[i];
        }
        w[i] -= rate * direction;
    }
};

/// s ← s + g²;  w ← w − η g / (√s + ε).
struct AdagradUpdate {
    float* w;
    const float* g;
    float* sum;
    float rate, epsilon, decay;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + decay * w[i];
        sum[i] += gradient * gradient;
        w[i] -= rate * (gradient / (std::sqrt(sum[i]) + epsilon));
    }
};

}  // namespace convolab::gpu
