#include <cmath>

#include "core/train/optimizer.h"
#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

CONVOLAB_VECTOR_CLONES
void adagradPiece(float* __restrict w, const float* __restrict g, float* __restrict sum, std::size_t count, float rate,
                  float epsilon, float decay) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + decay * w[i];
        sum[i] += gradient * gradient;
        w[i] -= rate * (gradient / (std::sqrt(sum[i]) + epsilon));
    }
}

/// Duchi, Hazan & Singer 2011, as PyTorch's torch.optim.Adagrad with an initial accumulator of 0.
class Adagrad : public Optimizer {
  public:
    Adagrad() {
        id = "adagrad";
        label = "Adagrad";
        help = "Divides each weight's step by the root of all its squared gradients so far; the steps only get smaller.";
        formula = "s ← s + g²,  w ← w − η g / (√s + ε)";
        options = {
            {"lr_decay", "Rate decay", "the rate is divided by 1 + this × the steps so far", &OptimizerSpec::rateDecay, 0.0, 1e6},
            {"epsilon", "ε", "keeps the division away from zero", &OptimizerSpec::epsilon, 0.0, 1.0},
        };
    }

    std::size_t stateSize(const OptimizerSpec&, std::size_t parameterCount) const override { return parameterCount; }

    bool update(const OptimizerSpec& spec, const OptimizerStep& step) const override {
        const auto rate = static_cast<float>(step.rate / (1.0 + static_cast<double>(step.step - 1) * spec.rateDecay));
        return updateInPieces(step.parameters, [&](std::size_t first, std::size_t count) {
            adagradPiece(step.parameters.data() + first, step.gradients.data() + first, step.state.data() + first, count, rate,
                         static_cast<float>(spec.epsilon), static_cast<float>(step.weightDecay));
        });
    }
};

}  // namespace

const Optimizer& adagradOptimizer() {
    static const Adagrad optimizer;
    return optimizer;
}

}  // namespace convolab
