#include "core/train/training_loop_impl.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kMostSkipped = 32;  // halves the first scale to 2⁻¹⁶

}  // namespace

void TrainingLoop::Impl::sendScaling() {
    if (scaler == nullptr || scalingIsThere) return;
    if (scaling) scaler->setLossScaling(*scaling);
    scalingIsThere = true;
}

void TrainingLoop::Impl::fetchScaling() const {
    if (scaler != nullptr && scalingIsThere) scaling = scaler->lossScaling();
}

/// A scale that is too large is halved by a skipped step; what no scale makes finite is a divergence.
Status TrainingLoop::Impl::noteFinished(std::int64_t atStep) {
    skippedInARow = skipped() ? skippedInARow + 1 : 0;
    if (skippedInARow < kMostSkipped) return {};
    skippedInARow = 0;
    return fallBack({ErrorCode::Diverged,
                     "training diverged at step " + withThousands(atStep) + ": in fp16 the gradients of " + std::to_string(kMostSkipped) +
                         " steps in a row were infinite or NaN, whatever the loss was scaled by",
                     "loss", "the weights of step " + withThousands(good.step) + " are kept; go on in bf16 or float32, or with a lower learning rate"});
}

}  // namespace convolab
