#include "gpu/session/held_images.h"

#include <algorithm>
#include <utility>

namespace convolab::gpu {

namespace {

/// Takes memory only where the reserve stays free.
Answer allocateBesideReserve(Executor& executor, std::size_t bytes, std::byte** memory) {
    std::size_t free = 0;
    if (Outcome outcome = executor.freeBytes(&free); !outcome.ok()) return answer(std::move(outcome));
    Outcome outcome = bytes + kHeldReserve > free ? Outcome{kGpuOutOfMemory, {}} : executor.allocate(bytes, memory);
    if (outcome.state == kGpuOutOfMemory) return SessionFailure{.outcome = std::move(outcome), .neededBytes = bytes + kHeldReserve, .freeBytes = free};
    return answer(std::move(outcome));
}

}  // namespace

Answer HeldImages::make(Executor& executor, const ConvolabGpuImages& images, Index maximumBatch, std::unique_ptr<HeldImages>& held) {
    const BatchPlan plan(images, maximumBatch);
    std::byte* memory = nullptr;
    if (Answer failure = allocateBesideReserve(executor, plan.imageBytes(), &memory)) return failure;
    held.reset(new HeldImages(executor, plan, memory));
    return {};
}

HeldImages::HeldImages(Executor& executor, const BatchPlan& plan, std::byte* memory) : m_executor(executor), m_plan(plan), m_memory(memory) {
    m_plan.placeImages(memory);
}

HeldImages::~HeldImages() {
    if (m_augmentation != nullptr) m_executor.release(m_augmentation);
    m_executor.release(m_memory);
}

Answer HeldImages::write(Index first, Index count, const void* pixels) {
    if (first < 0 || count < 0 || first + count > this->count()) return SessionFailure{.outcome = {kGpuDriverFailed, "there is no room for these images"}};
    return answer(m_executor.upload(m_plan.pixels(first), pixels, static_cast<std::size_t>(count) * m_plan.bytesOfOne()));
}

Answer HeldImages::augment(std::span<const ConvolabGpuAugmentation> chain) {
    m_plan.augment({});
    if (m_augmentation != nullptr) m_executor.release(std::exchange(m_augmentation, nullptr));
    if (chain.empty()) return {};
    m_plan.augment(chain);
    Answer failure = allocateBesideReserve(m_executor, m_plan.augmentationBytes(), &m_augmentation);
    if (!failure) {
        m_plan.placeAugmentation(m_augmentation);
        failure = answer(m_executor.upload(m_plan.chainMemory(), chain.data(), chain.size_bytes()));
    }
    if (failure) m_plan.augment({});
    return failure;
}

Answer HeldImages::choose(const ConvolabGpuChoice& choice) {
    const std::span places(choice.places, static_cast<std::size_t>(choice.count));
    if (std::ranges::any_of(places, [&](std::int32_t place) { return place < 0 || place >= count(); })) {
        return SessionFailure{.outcome = {kGpuDriverFailed, "an image was chosen that is not held"}};
    }
    m_places.assign(places.begin(), places.end());
    std::ranges::copy(choice.key, m_key);
    m_augmented = choice.augmented != 0 && !m_plan.chain().empty();
    return {};
}

void HeldImages::addTransfers(int buffer, std::vector<Executor::Transfer>& transfers) const {
    transfers.push_back({m_plan.places(buffer), m_places.data(), sizeof(std::int32_t) * m_places.size()});
    if (m_augmented) transfers.push_back({m_plan.key(buffer), m_key, sizeof m_key});
}

}  // namespace convolab::gpu
