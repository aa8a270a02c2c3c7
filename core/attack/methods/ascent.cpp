#include "core/attack/methods/ascent.h"

#include <algorithm>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"

namespace convolab {

Status ascend(const AttackSpec& spec, int steps, const AttackBatch& batch, View<float> adversarial) {
    const AllowedRegion region(spec, batch.images);
    if (startsRandomly(spec)) {
        region.startAtRandom(adversarial, spec.seed, batch.draw, batch.ids);
    } else {
        std::ranges::copy(batch.images.span(), adversarial.data);
    }
    AttackGoal goal(spec, batch);
    const double step = stepSize(spec);
    for (int i = 0; i < steps; ++i) {
        CONVOLAB_ASSIGN(const View<const float> gradient, goal.gradient(adversarial));
        stepAlong(spec.norm, gradient, step, adversarial);
        region.project(adversarial);
    }
    return {};
}

}  // namespace convolab
