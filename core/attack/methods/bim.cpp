#include "core/attack/methods/ascent.h"

namespace convolab {

/// Kurakin, Goodfellow, Bengio, "Adversarial examples in the physical world", ICLR 2017 workshop.
AttackMethod bimAttack() {
    AttackMethod method;
    method.id = "bim";
    method.label = "BIM";
    method.help = "FGSM in many small steps from the image itself, back into the ball after each.";
    method.iterative = true;
    method.ascends = true;
    method.run = [](const AttackSpec& spec, const AttackBatch& batch, View<float> adversarial) {
        return ascend(spec, spec.steps, batch, adversarial);
    };
    return method;
}

}  // namespace convolab
