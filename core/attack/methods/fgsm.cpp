#include "core/attack/methods/ascent.h"

namespace convolab {

/// Goodfellow, Shlens, Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015. With a random start:
/// Wong, Rice, Kolter, "Fast is better than free", ICLR 2020.
AttackMethod fgsmAttack() {
    AttackMethod method;
    method.id = "fgsm";
    method.label = "FGSM";
    method.help = "One step of size ε along the sign of the loss's gradient: quick, and weak.";
    method.supportsRandomStart = true;
    method.ascends = true;
    method.run = [](const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial) {
        return ascend(spec, 1, batch, adversarial);
    };
    return method;
}

}  // namespace convolab
