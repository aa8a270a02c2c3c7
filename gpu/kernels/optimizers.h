#pragma once

#include <cmath>

#include "core/backend/gpu_network.h"
#include "gpu/kernels/body.h"

/// Updates over the flat buffer of all parameters, one thread per parameter; the formulas and their order of operations are
/// those of core/train/optimizers. The rate and the other numbers `u` are read from the device's memory: they change from step to
/// step although a recorded step does not.
namespace convolab::gpu {

/// g ← factor · g: a device's gradients are the mean over its share of a batch.
struct ScaleGradients {
    float* g;
    float factor;
    CONVOLAB_BODY void operator()(Index i) const { g[i] *= factor; }
};

/// w ← w − η (g + λ w).
struct SgdUpdate {
    float* w;
    const float* g;
    const ConvolabGpuUpdate* u;
    CONVOLAB_BODY void operator()(Index i) const { w[i] -= u->rate * (g[i] + u->decay * w[i]); }
};

/// v ← μ v + g;  w ← w − η v, or with Nesterov's look ahead w ← w − η (g + μ v).
struct MomentumUpdate {
    float* w;
    const float* g;
    float* v;
    const ConvolabGpuUpdate* u;
    bool nesterov;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + u->decay * w[i];
        v[i] = u->momentum * v[i] + gradient;
        w[i] -= u->rate * (nesterov ? gradient + u->momentum * v[i] : v[i]);
    }
};

/// Adam (l2 in the gradient) and AdamW (shrink before the step): Kingma and Ba, 2015; Loshchilov and Hutter, 2019.
struct AdamUpdate {
    float* w;
    const float* g;
    float *m, *v;
    const ConvolabGpuUpdate* u;  ///< rate: η / (1 − β₁ᵗ)
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + u->decay * w[i];
        m[i] = u->momentum * m[i] + u->momentumRest * gradient;
        v[i] = u->memory * v[i] + u->memoryRest * gradient * gradient;
        w[i] = u->shrink * w[i] - u->rate * (m[i] / (std::sqrt(v[i]) / u->secondScale + u->epsilon));
    }
};

/// s ← α s + (1 − α) g²;  w ← w − η g / (√s + ε); centered: √(s − mean²); with momentum: a velocity of those steps.
struct RmspropUpdate {
    float* w;
    const float* g;
    float *square, *mean, *velocity;  ///< mean and velocity may be null
    const ConvolabGpuUpdate* u;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + u->decay * w[i];
        square[i] = u->memory * square[i] + u->memoryRest * gradient * gradient;
        float variance = square[i];
        if (mean != nullptr) {
            mean[i] = u->memory * mean[i] + u->memoryRest * gradient;
            variance = square[i] - mean[i] * mean[i];
            if (variance < 0.0F) variance = 0.0F;  // rounding
        }
        float direction = gradient / (std::sqrt(variance) + u->epsilon);
        if (velocity != nullptr) {
            velocity[i] = u->momentum * velocity[i] + direction;
            direction = velocity[i];
        }
        w[i] -= u->rate * direction;
    }
};

/// s ← s + g²;  w ← w − η g / (√s + ε).
struct AdagradUpdate {
    float* w;
    const float* g;
    float* sum;
    const ConvolabGpuUpdate* u;
    CONVOLAB_BODY void operator()(Index i) const {
        const float gradient = g[i] + u->decay * w[i];
        sum[i] += gradient * gradient;
        w[i] -= u->rate * (gradient / (std::sqrt(sum[i]) + u->epsilon));
    }
};

}  // namespace convolab::gpu
