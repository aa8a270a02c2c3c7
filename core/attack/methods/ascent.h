#pragma once

#include "core/attack/attack.h"

namespace convolab {

/// `steps` steps of stepSize(spec) along the gradient of the goal, projected after each; from a random point of the ball
/// if startsRandomly(spec), else from the clean images. FGSM is one step, BIM and PGD are many.
Status ascend(const AttackSpec& spec, int steps, const AttackBatch& batch, View<float> adversarial);

}  // namespace convolab
