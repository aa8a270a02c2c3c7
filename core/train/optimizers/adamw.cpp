#include "core/train/optimizers/adam_update.h"

namespace convolab {

namespace {

class AdamW : public Optimizer {
  public:
    AdamW() {
        id = "adamw";
        label = "AdamW";
        help =
            "Adam with decoupled weight decay: weights shrink by a fixed share per step, whatever their "
            "gradients.";
        formula = "w ← (1 − η λ) w,  then as Adam";
        options = adamOptions();
        momentum = &OptimizerSpec::beta1;
    }

    std::size_t stateSize(const OptimizerSpec&, std::size_t parameterCount) const override {
        return 2 * parameterCount;
    }

    bool update(const OptimizerSpec& spec, const OptimizerStep& step) const override {
        return adamUpdate(spec, step, {.shrink = 1.0 - step.rate * step.weightDecay});
    }
};

}  // namespace

const Optimizer& adamwOptimizer() {
    static const AdamW optimizer;
    return optimizer;
}

}  // namespace convolab
