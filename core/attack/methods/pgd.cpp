#include "core/attack/methods/ascent.h"

namespace convolab {

/// Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR 2018.
AttackMethod pgdAttack() {
    AttackMethod method;
    method.id = "pgd";
    method.label = "PGD";
    method.help = "Many small steps from a random point of the ball; restarts keep the best: the usual yardstick.";
    method.iterative = true;
    method.supportsRandomStart = true;
    method.startsRandomly = true;
    method.ascends = true;
    method.run = [](const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial) {
        return ascend(spec, spec.steps, batch, adversarial);
    };
    return method;
}

}  // namespace convolab
