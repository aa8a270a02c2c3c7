// Images that a session holds: memory of their own, which gives way to what the network cannot do without.
#include <utility>

#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

Answer busy() { return SessionFailure{.outcome = {kGpuDriverFailed, "a staged batch is made of the held images"}}; }

}  // namespace

Answer Session::holdImages(const ConvolabGpuImages* images) {
    if (m_held && !dropImages()) return busy();
    if (images == nullptr) return {};
    if (images->channels * images->height * images->width != m_plan.imageSize()) {
        return SessionFailure{.outcome = {kGpuDriverFailed, "the images have another size than the network's input"}};
    }
    return HeldImages::make(*m_executor, *images, m_plan.options().maximumBatch, m_held);
}

Answer Session::writeImages(Index first, Index count, const void* pixels) {
    return m_held ? m_held->write(first, count, pixels) : SessionFailure{.outcome = {kGpuNoImages, "no images are held"}};
}

Answer Session::setAugmentations(std::span<const ConvolabGpuAugmentation> chain) {
    if (!m_held) return SessionFailure{.outcome = {kGpuNoImages, "no images are held"}};
    if (m_staged && m_staged->source != Source::Given) return busy();
    forgetLaunches();
    return m_held->augment(chain);
}

Answer Session::chooseImages(const ConvolabGpuChoice& choice) {
    return m_held ? m_held->choose(choice) : SessionFailure{.outcome = {kGpuNoImages, "no images are held"}};
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

/// Not while a staged batch is to be made of them. Memory is released when nothing that runs uses it any more.
bool Session::dropImages() {
    if (!m_held || (m_staged && m_staged->source != Source::Given)) return false;
    forgetLaunches();  // they hold its addresses
    m_held.reset();
    return true;
}

}  // namespace convolab::gpu
