#include <cmath>

#include "core/train/optimizers/adam_update.h"
#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

struct AdamFactors {
    float beta1, beta1Rest, beta2, beta2Rest;
    float stepSize;     // rate / (1 − β₁ᵗ)
    float secondScale;  // √(1 − β₂ᵗ)
    float epsilon;
    float l2, shrink;
};

CONVOLAB_VECTOR_CLONES
void adamPiece(float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v,
               std::size_t count, AdamFactors f) {
    for (std::size_t i = 0; i < count; ++i) {
        const float gradient = g[i] + f.l2 * w[i];
        m[i] = f.beta1 * m[i] + f.beta1Rest * gradient;
        v[i] = f.beta2 * v[i] + f.beta2Rest * gradient * gradient;
        w[i] = f.shrink * w[i] - f.stepSize * (m[i] / (std::sqrt(v[i]) / f.secondScale + f.epsilon));
    }
}

class Adam : public Optimizer {
  public:
    Adam() {
        id = "adam";
        label = "Adam";
        help = "Scales each weight's step by the recent size of its gradient; a good first choice.";
        formula = "m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − η m̂ / (√v̂ + ε)";
        options = adamOptions();
        momentum = &OptimizerSpec::beta1;
    }

    std::size_t stateSize(const OptimizerSpec&, std::size_t parameterCount) const override {
        return 2 * parameterCount;
    }

    bool update(const OptimizerSpec& spec, const OptimizerStep& step) const override {
        return adamUpdate(spec, step, {.l2 = step.weightDecay});
    }
};

}  // namespace

bool adamUpdate(const OptimizerSpec& spec, const OptimizerStep& step, const AdamDecay& decay) {
    const auto t = static_cast<double>(step.step);
    const AdamFactors factors{
        .beta1 = static_cast<float>(spec.beta1),
        .beta1Rest = static_cast<float>(1.0 - spec.beta1),
        .beta2 = static_cast<float>(spec.beta2),
        .beta2Rest = static_cast<float>(1.0 - spec.beta2),
        .stepSize = static_cast<float>(step.rate / (1.0 - std::pow(spec.beta1, t))),
        .secondScale = static_cast<float>(std::sqrt(1.0 - std::pow(spec.beta2, t))),
        .epsilon = static_cast<float>(spec.epsilon),
        .l2 = static_cast<float>(decay.l2),
        .shrink = static_cast<float>(decay.shrink),
    };
    const std::size_t total = step.parameters.size();
    return updateInPieces(step.parameters, [&](std::size_t first, std::size_t count) {
        adamPiece(step.parameters.data() + first, step.gradients.data() + first, step.state.data() + first,
                  step.state.data() + total + first, count, factors);
    });
}

std::vector<RecipeOption<OptimizerSpec>> adamOptions() {
    return {
        {"beta1", "β₁", "memory of the mean gradient", &OptimizerSpec::beta1, 0.0, 1.0, true},
        {"beta2", "β₂", "memory of the mean squared gradient", &OptimizerSpec::beta2, 0.0, 1.0, true},
        {"epsilon", "ε", "keeps the division away from zero", &OptimizerSpec::epsilon, 0.0, 1.0},
    };
}

const Optimizer& adamOptimizer() {
    static const Adam optimizer;
    return optimizer;
}

}  // namespace convolab
