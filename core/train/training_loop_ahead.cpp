// Steps on a device that takes the next batch while it computes one: copying, augmenting and bringing over cost no time of
// their own, and the device always has a step to do. What is computed is what one step after the other computes.
#include <cmath>
#include <utility>

#include "core/train/training_loop_impl.h"
#include "core/util/text.h"

namespace convolab {

// In order of time: this step starts; while it and the one before are computed, the next batch is made and brought over; then
// the loss of the step before is there. Behind a validation there may be another rate, or nothing.
Status TrainingLoop::Impl::trainAhead() {
    const auto begin = Clock::now();
    sendState();
    sendScaling();
    stageNext();
    const Batch& batch = nextBatch();
    const double rate = staged->rate;
    there->start();
    Unfinished started{.row = {}, .position = {batch.epoch, batch.index}};
    goPast(batch);
    started.row = rowOf(rate);
    unfinished.push_back(std::move(started));
    const bool pauses = due() || finished();
    if (!pauses) stageNext();
    seconds = secondsSince(begin);
    return finishAllBut(pauses ? 0 : 1);
}

// Live changes of the rate and the like reach a batch that waits: it is staged again.
void TrainingLoop::Impl::stageNext() {
    const Numbers wanted{.step = step, .optimizer = recipe.optimizer, .rate = nextRate(), .weightDecay = recipe.weightDecay};
    if (staged == wanted) return;
    const Batch& batch = nextBatch();
    there->stageUpdate(batches->forModel(batch), labelsOf(batch), static_cast<std::uint64_t>(step), wanted.optimizer, wanted.rate, wanted.weightDecay, step + 1);
    staged = wanted;
}

Status TrainingLoop::Impl::finishAllBut(std::size_t count) {
    while (unfinished.size() > count) {
        const auto begin = Clock::now();
        const LossResult result = there->finish();
        const Unfinished finished = unfinished.front();
        unfinished.pop_front();
        if (!std::isfinite(result.loss) && !skipped()) return divergedAt(finished, result.loss);
        CONVOLAB_RETURN_IF_ERROR(noteFinished(finished.row.step));
        seconds = secondsSince(begin);
        if (std::isfinite(result.loss)) addRow(finished.row, result);
    }
    return {};
}

// Only what the device's weights alone are shown of can come from there.
bool TrainingLoop::Impl::postWeights() {
    if (!updatesOn(there)) return false;
    if (postedStep >= 0) return true;
    const DeviceStep::Posted posted = there->postWeights(step);
    if (posted == DeviceStep::Posted::Yes) postedStep = step;
    return posted != DeviceStep::Posted::No;
}

WeightSetPtr TrainingLoop::Impl::takeWeights() {
    if (postedStep < 0) return nullptr;
    if (!arrived) {
        auto taken = there->takeWeights();
        if (!taken || taken->step < postedStep) return nullptr;  // an older one, which nobody has waited for
        arrived = std::make_shared<const WeightSet>(std::move(*taken));
    }
    if (!unfinished.empty() && unfinished.front().row.step <= arrived->step) return nullptr;
    postedStep = -1;
    return std::exchange(arrived, nullptr);
}

void TrainingLoop::Impl::forgetPosted() {
    postedStep = -1;
    arrived.reset();
}

// The device may have begun the step behind it, which nobody will hear of. The batch is made once more, to find the layer.
Status TrainingLoop::Impl::divergedAt(const Unfinished& at, double loss) {
    for (; !unfinished.empty(); unfinished.pop_front()) there->finish();
    step = at.row.step - 1;
    position = at.position;
    beginBatches();
    return diverged(at.row.step, batches->pixels(nextBatch()), "the loss became " + formatNumber(loss));
}

}  // namespace convolab
