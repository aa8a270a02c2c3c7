#include "core/attack/methods/ascent.h"

#include <algorithm>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"

namespace convolab {

Status ascend(const AttackSpec& spec, int steps, const AttackBatch& batch, View<float> adversarial) {
    const AllowedRegion region(spec, batch.images);
    if (startsRandomly(spec)) {
        region.startAtRandom(adversarial, spec.seed, batch.draw, batch.ids);
        // A single step starts outside the box, too, as in Wong et al. 2020: clipped, half of a black background would
        // start at 0, and steps longer than ε would all end at the same two values.
        if (steps > 1) region.project(adversarial);
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
