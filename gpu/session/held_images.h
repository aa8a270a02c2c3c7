#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "gpu/plan/batch_plan.h"
#include "gpu/session/answer.h"
#include "gpu/session/executor.h"

namespace convolab::gpu {

/// What is left free beside held images: for the optimizer's state, recorded steps and other programs.
inline constexpr std::size_t kHeldReserve = std::size_t{128} << 20;

/// Images of a data set in memory of their own on the device, and what their augmentation needs in another piece.
class HeldImages {
  public:
    /// Out of memory, with the numbers, where they do not fit beside the reserve.
    static Answer make(Executor& executor, const ConvolabGpuImages& images, Index maximumBatch, std::unique_ptr<HeldImages>& held);
    ~HeldImages();
    HeldImages(const HeldImages&) = delete;
    HeldImages& operator=(const HeldImages&) = delete;

    std::size_t bytes() const { return m_plan.imageBytes() + (m_augmentation != nullptr ? m_plan.augmentationBytes() : 0); }
    Index count() const { return m_plan.images().count; }
    Answer write(Index first, Index count, const void* pixels);
    /// What augmented batches go through; out of memory leaves no augmentation.
    Answer augment(std::span<const ConvolabGpuAugmentation> chain);

    /// The images of the next batch.
    Answer choose(const ConvolabGpuChoice& choice);
    Index chosen() const { return static_cast<Index>(m_places.size()); }
    bool augmented() const { return m_augmented; }
    /// Brings the choice to the device; the transfers read from this object.
    void addTransfers(int buffer, std::vector<Executor::Transfer>& transfers) const;
    std::vector<Launch> batch(Index n, int buffer, bool augmented, float* batch) const { return m_plan.batch(n, buffer, augmented, batch); }

  private:
    HeldImages(Executor& executor, const BatchPlan& plan, std::byte* memory);

    Executor& m_executor;
    BatchPlan m_plan;
    std::byte *m_memory, *m_augmentation = nullptr;
    std::vector<std::int32_t> m_places;
    std::uint32_t m_key[2] = {};
    bool m_augmented = false;
};

}  // namespace convolab::gpu
