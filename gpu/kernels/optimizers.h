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

/// Four parameters of an update that keeps one number for each.
template <class Update>
CONVOLAB_BODY void stepFour(const Update& update, float* w, const float* g, float* state, Index k) {
    Four weights = fourOf(w, k), kept = fourOf(state, k);
    const Four gradients = fourOf(g, k);
    for (int j = 0; j < 4; ++j) update.step(weights.v[j], gradients.v[j], kept.v[j]);
    fourAt(state, k) = kept;
    fourAt(w, k) = weights;
}

/// w ← w − η (g + λ w).
struct SgdUpdate {
    float* w;
    const float* g;
    const ConvolabGpuUpdate* u;
    CONVOLAB_BODY void step(float& weight, float gradient) const { weight -= u->rate * (gradient + u->decay * weight); }
    CONVOLAB_BODY void operator()(Index i) const { step(w[i], g[i]); }
    bool beginsFours() const { return beginFours(w, g); }
    CONVOLAB_BODY void four(Index k) const {
        Four weights = fourOf(w, k);
        const Four gradients = fourOf(g, k);
        for (int j = 0; j < 4; ++j) step(weights.v[j], gradients.v[j]);
        fourAt(w, k) = weights;
    }
};

/// v ← μ v + g;  w ← w − η v, or with Nesterov's look ahead w ← w − η (g + μ v).
struct MomentumUpdate {
    float* w;
    const float* g;
    float* v;
    const ConvolabGpuUpdate* u;
    bool nesterov;
    CONVOLAB_BODY void step(float& weight, float derivative, float& velocity) const {
        const float gradient = derivative + u->decay * weight;
        velocity = u->momentum * velocity + gradient;
        weight -= u->rate * (nesterov ? gradient + u->momentum * velocity : velocity);
    }
    CONVOLAB_BODY void operator()(Index i) const { step(w[i], g[i], v[i]); }
    bool beginsFours() const { return beginFours(w, g, v); }
    CONVOLAB_BODY void four(Index k) const { stepFour(*this, w, g, v, k); }
};

/// Adam (l2 in the gradient) and AdamW (shrink before the step): Kingma and Ba, 2015; Loshchilov and Hutter, 2019.
struct AdamUpdate {
    float* w;
    const float* g;
    float *m, *v;
    const ConvolabGpuUpdate* u;  ///< rate: η / (1 − β₁ᵗ)
    CONVOLAB_BODY void step(float& weight, float derivative, float& mean, float& square) const {
        const float gradient = derivative + u->decay * weight;
        mean = u->momentum * mean + u->momentumRest * gradient;
        square = u->memory * square + u->memoryRest * gradient * gradient;
        weight = u->shrink * weight - u->rate * (mean / (std::sqrt(square) / u->secondScale + u->epsilon));
    }
    CONVOLAB_BODY void operator()(Index i) const { step(w[i], g[i], m[i], v[i]); }
    bool beginsFours() const { return beginFours(w, g, m, v); }
    CONVOLAB_BODY void four(Index k) const {
        Four weights = fourOf(w, k), means = fourOf(m, k), squares = fourOf(v, k);
        const Four gradients = fourOf(g, k);
        for (int j = 0; j < 4; ++j) step(weights.v[j], gradients.v[j], means.v[j], squares.v[j]);
        fourAt(m, k) = means;
        fourAt(v, k) = squares;
        fourAt(w, k) = weights;
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
    CONVOLAB_BODY void step(float& weight, float derivative, float& squares) const {
        const float gradient = derivative + u->decay * weight;
        squares += gradient * gradient;
        weight -= u->rate * (gradient / (std::sqrt(squares) + u->epsilon));
    }
    CONVOLAB_BODY void operator()(Index i) const { step(w[i], g[i], sum[i]); }
    bool beginsFours() const { return beginFours(w, g, sum); }
    CONVOLAB_BODY void four(Index k) const { stepFour(*this, w, g, sum, k); }
};

}  // namespace convolab::gpu
