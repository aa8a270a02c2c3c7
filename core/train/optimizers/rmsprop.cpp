#include <cmath>

#include "core/train/optimizer.h"
#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

struct RmspropFactors {
    float alpha, alphaRest, rate, epsilon, decay, momentum;
};

CONVOLAB_VECTOR_CLONES
void plainPiece(float* __restrict w, const float* __restrict g, float* __restrict square, std::size_t count,
                RmspropFactors f) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + f.decay * w[i];
        square[i] = f.alpha * square[i] + f.alphaRest * gradient * gradient;
        w[i] -= f.rate * (gradient / (std::sqrt(square[i]) + f.epsilon));
    }
}

CONVOLAB_VECTOR_CLONES
void momentumPiece(float* __restrict w, const float* __restrict g, float* __restrict square, float* __restrict velocity,
                   std::size_t count, RmspropFactors f) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + f.decay * w[i];
        square[i] = f.alpha * square[i] + f.alphaRest * gradient * gradient;
        velocity[i] = f.momentum * velocity[i] + gradient / (std::sqrt(square[i]) + f.epsilon);
        w[i] -= f.rate * velocity[i];
    }
}

// `velocity` is null without momentum. Rounding may take the variance below 0, where PyTorch's would be NaN.
CONVOLAB_VECTOR_CLONES
void centeredPiece(float* __restrict w, const float* __restrict g, float* __restrict square, float* __restrict mean,
                   float* __restrict velocity, std::size_t count, RmspropFactors f) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + f.decay * w[i];
        square[i] = f.alpha * square[i] + f.alphaRest * gradient * gradient;
        mean[i] = f.alpha * mean[i] + f.alphaRest * gradient;
        const float variance = std::max(square[i] - mean[i] * mean[i], 0.0F);
        float direction = gradient / (std::sqrt(variance) + f.epsilon);
        if (velocity != nullptr) {
            velocity[i] = f.momentum * velocity[i] + direction;
            direction = velocity[i];
        }
        w[i] -= f.rate * direction;
    }
}

/// Tieleman & Hinton 2012 (lecture 6.5), in the order of operations of PyTorch's torch.optim.RMSprop. The state is the mean
/// squares, then the means if centered, then the velocities if there is momentum: the momentum may change while training.
class Rmsprop : public Optimizer {
  public:
    Rmsprop() {
        id = "rmsprop";
        label = "RMSprop";
        help = "Divides each weight's step by the root of the recent mean squared gradient.";
        formula = "s ← α s + (1 − α) g²,  w ← w − η g / (√s + ε)";
        options = {
            {"alpha", "α", "memory of the mean squared gradient", &OptimizerSpec::alpha, 0.0, 1.0, true},
            {"momentum", "Momentum", "share of the last step that goes on; 0 = none", &OptimizerSpec::rmspropMomentum, 0.0, 1.0,
             true, "rmsprop_momentum"},
            {"centered", "Centered", "divide by the deviation of the gradient: takes the square of its mean off",
             &OptimizerSpec::centered},
            {"epsilon", "ε", "keeps the division away from zero", &OptimizerSpec::epsilon, 0.0, 1.0},
        };
        momentum = &OptimizerSpec::rmspropMomentum;
    }

    std::size_t stateSize(const OptimizerSpec& spec, std::size_t parameterCount) const override {
        return parameterCount * (1U + (spec.centered ? 1U : 0U) + (spec.rmspropMomentum > 0.0 ? 1U : 0U));
    }

    bool update(const OptimizerSpec& spec, const OptimizerStep& step) const override {
        const RmspropFactors factors{.alpha = static_cast<float>(spec.alpha),
                                     .alphaRest = static_cast<float>(1.0 - spec.alpha),
                                     .rate = static_cast<float>(step.rate),
                                     .epsilon = static_cast<float>(spec.epsilon),
                                     .decay = static_cast<float>(step.weightDecay),
                                     .momentum = static_cast<float>(spec.rmspropMomentum)};
        const std::size_t total = step.parameters.size();
        float* squares = step.state.data();
        float* means = spec.centered ? squares + total : nullptr;
        float* velocities = spec.rmspropMomentum > 0.0 ? squares + (spec.centered ? 2 : 1) * total : nullptr;
        return updateInPieces(step.parameters, [&](std::size_t first, std::size_t count) {
            float* w = step.parameters.data() + first;
            const float* g = step.gradients.data() + first;
            float* velocity = velocities == nullptr ? nullptr : velocities + first;
            if (means != nullptr) {
                centeredPiece(w, g, squares + first, means + first, velocity, count, factors);
            } else if (velocity != nullptr) {
                momentumPiece(w, g, squares + first, velocity, count, factors);
            } else {
                plainPiece(w, g, squares + first, count, factors);
            }
        });
    }
};

}  // namespace

const Optimizer& rmspropOptimizer() {
    static const Rmsprop optimizer;
    return optimizer;
}

}  // namespace convolab
