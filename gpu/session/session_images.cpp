// Images that a session holds: memory of their own, which gives way to what the network cannot do without.
#include <utility>

#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

Answer noImages() { return SessionFailure{.outcome = {kGpuNoImages, "no images are held"}}; }

}  // namespace

Answer Session::holdImages(const ConvolabGpuImages* images) {
    if (m_held && !dropImages()) return SessionFailure{.outcome = {kGpuDriverFailed, "a staged batch does not arrive"}};
    if (images == nullptr) return {};
    if (images->channels * images->height * images->width != m_plan.imageSize()) {
        return SessionFailure{.outcome = {kGpuDriverFailed, "the images have another size than the network's input"}};
    }
    return HeldImages::make(*m_executor, *images, m_plan.options().maximumBatch, m_held);
}

Answer Session::writeImages(Index first, Index count, const void* pixels) {
    return m_held ? m_held->write(first, count, pixels) : noImages();
}

Answer Session::setAugmentations(std::span<const ConvolabGpuAugmentation> chain) {
    if (!m_held) return noImages();
    if (Outcome outcome = forgetStagedImages(); !outcome.ok()) return answer(std::move(outcome));
    forgetLaunches();
    return m_held->augment(chain);
}

Answer Session::chooseImages(const ConvolabGpuChoice& choice) {
    return m_held ? m_held->choose(choice) : noImages();
}

Session::Source Session::sourceOf(const StepInput& input) const {
    if (input.images != nullptr) return Source::Given;
    return m_held->augmented() ? Source::Augmented : Source::Held;
}

Answer Session::requireImages(const StepInput& input) const {
    if (input.images != nullptr) return {};
    if (!m_held) return SessionFailure{.outcome = {kGpuNoImages, "the images gave way to the optimizer's state"}};
    if (m_held->chosen() != input.n) return SessionFailure{.outcome = {kGpuDriverFailed, "another number of images was chosen"}};
    return {};
}

/// A staged batch of held images cannot be made any more. What comes for it has to arrive before others use its buffer.
Outcome Session::forgetStagedImages() {
    if (!m_staged || m_staged->source == Source::Given) return {};
    m_staged.reset();
    return m_executor->take(m_stagedBuffer);
}

/// Whether there were any. Memory is released when nothing that runs uses it any more.
bool Session::dropImages() {
    if (!m_held || !forgetStagedImages().ok()) return false;
    forgetLaunches();  // they hold its addresses
    m_held.reset();
    return true;
}

}  // namespace convolab::gpu
