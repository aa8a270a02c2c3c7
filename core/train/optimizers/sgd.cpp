#include "core/train/optimizer.h"
#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

CONVOLAB_VECTOR_CLONES
void plainUpdate(float* __restrict w, const float* __restrict g, std::size_t count, float rate, float decay) {
    for (std::size_t i = 0; i < count; ++i) w[i] -= rate * (g[i] + decay * w[i]);
}

CONVOLAB_VECTOR_CLONES
void momentumUpdate(float* __restrict w, const float* __restrict g, float* __restrict v, std::size_t count,
                    float rate, float decay, float momentum) {
    for (std::size_t i = 0; i < count; ++i) {
        v[i] = momentum * v[i] + (g[i] + decay * w[i]);
        w[i] -= rate * v[i];
    }
}

CONVOLAB_VECTOR_CLONES
void nesterovUpdate(float* __restrict w, const float* __restrict g, float* __restrict v, std::size_t count,
                    float rate, float decay, float momentum) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (gradient + momentum * v[i]);
    }
}

/// As in PyTorch's torch.optim.SGD with dampening 0: the velocity starts as the first gradient.
class Sgd : public Optimizer {
  public:
    Sgd() {
        id = "sgd";
        label = "SGD";
        help =
            "Stochastic gradient descent; with momentum it keeps rolling in the direction of past gradients.";
        formula = "v ← μ v + g,  w ← w − η v";
        options = {
            {"momentum", "Momentum",
             "share of the velocity kept from step to step; 0 = plain gradient descent",
             &OptimizerSpec::momentum, 0.0, 1.0, true},
            {"nesterov", "Nesterov", "look ahead: use the gradient plus the momentum times the new velocity",
             &OptimizerSpec::nesterov},
        };
        momentum = &OptimizerSpec::momentum;
    }

    std::size_t stateSize(const OptimizerSpec& spec, std::size_t parameterCount) const override {
        return spec.momentum > 0.0 ? parameterCount : 0;
    }

    bool update(const OptimizerSpec& spec, const OptimizerStep& step) const override {
        const auto rate = static_cast<float>(step.rate);
        const auto decay = static_cast<float>(step.weightDecay);
        const auto mu = static_cast<float>(spec.momentum);
        return updateInPieces(step.parameters, [&](std::size_t first, std::size_t count) {
            float* w = step.parameters.data() + first;
            const float* g = step.gradients.data() + first;
            if (mu == 0.0F) {
                plainUpdate(w, g, count, rate, decay);
            } else if (spec.nesterov) {
                nesterovUpdate(w, g, step.state.data() + first, count, rate, decay, mu);
            } else {
                momentumUpdate(w, g, step.state.data() + first, count, rate, decay, mu);
            }
        });
    }
};

}  // namespace

const Optimizer& sgdOptimizer() {
    static const Sgd optimizer;
    return optimizer;
}

}  // namespace convolab
