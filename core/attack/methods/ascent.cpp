#include "core/attack/methods/ascent.h"

#include <algorithm>

#include "core/attack/gradient.h"
#include "core/attack/perturbation.h"
#include "core/model/own_ascent.h"

namespace convolab {

namespace {

/// The same where the model computes. What it does is what ascend() does below.
Status ascendThere(AscendsByItself& model, const AttackSpec& spec, int steps, const AttackBatch& batch, View<float> adversarial) {
    CONVOLAB_RETURN_IF_ERROR(goOn(batch));
    const std::vector<int> classes = goalClasses(spec, batch.labels);
    model.beginAscent({.byLength = spec.norm == AttackNorm::L2,
                       .towards = spec.target.has_value(),
                       .startsAtRandom = startsRandomly(spec),
                       .projectsStart = steps > 1,
                       .epsilon = spec.epsilon,
                       .step = stepSize(spec),
                       .seed = spec.seed,
                       .draw = batch.draw,
                       .clean = batch.images,
                       .classes = classes,
                       .ids = batch.ids});
    for (int i = 0; i < steps; ++i) {
        if (i > 0) CONVOLAB_RETURN_IF_ERROR(goOn(batch));
        model.ascend();
    }
    if (!batch.staysThere) model.readAscent(adversarial, batch.sawGradient);
    return {};
}

}  // namespace

Status ascend(const AttackSpec& spec, int steps, const AttackBatch& batch, View<float> adversarial) {
    auto* there = dynamic_cast<AscendsByItself*>(&batch.model);
    if (there != nullptr && there->canAscend()) return ascendThere(*there, spec, steps, batch, adversarial);
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
