#pragma once

#include <span>
#include <vector>

#include "core/backend/gpu_data.h"
#include "gpu/launch/launch.h"

namespace convolab::gpu {

/// How batches are made of images that the device holds: what lies where in two pieces of memory, one of the images and one of their
/// augmentation, and the launches.
class BatchPlan {
  public:
    BatchPlan(const ConvolabGpuImages& images, Index maximumBatch);

    std::size_t imageBytes() const { return m_imageBytes; }
    void placeImages(std::byte* memory) { m_imageMemory = memory; }
    const ConvolabGpuImages& images() const { return m_images; }
    std::size_t bytesOfOne() const { return static_cast<std::size_t>(each()) * (m_images.bytes != 0 ? 1 : sizeof(float)); }
    std::byte* pixels(Index image) const { return m_imageMemory + static_cast<std::size_t>(image) * bytesOfOne(); }
    std::int32_t* places(int buffer) const { return reinterpret_cast<std::int32_t*>(m_imageMemory + m_places[buffer]); }
    std::uint32_t* key(int buffer) const { return reinterpret_cast<std::uint32_t*>(m_imageMemory + m_key[buffer]); }

    /// What augmented batches go through from now on; the memory that it needs, 0 for an empty chain, has to be placed.
    void augment(std::span<const ConvolabGpuAugmentation> chain);
    std::size_t augmentationBytes() const { return m_augmentationBytes; }
    void placeAugmentation(std::byte* memory) { m_augmentationMemory = memory; }
    std::span<const ConvolabGpuAugmentation> chain() const { return m_chain; }
    std::byte* chainMemory() const { return m_augmentationMemory; }  ///< where the chain is expected

    /// The batch of n images whose places, and key if they are augmented, lie in `buffer`.
    std::vector<Launch> batch(Index n, int buffer, bool augmented, float* batch) const;

  private:
    Index each() const { return m_images.channels * m_images.height * m_images.width; }
    Index plane() const { return m_images.height * m_images.width; }
    template <class T>
    T* at(std::size_t offset) const {
        return reinterpret_cast<T*>(m_augmentationMemory + offset);
    }
    void addStep(std::size_t step, Index n, int buffer, const float* from, float* to, std::vector<Launch>& launches) const;

    ConvolabGpuImages m_images;
    Index m_batch;
    std::vector<ConvolabGpuAugmentation> m_chain;
    std::size_t m_imageBytes = 0, m_augmentationBytes = 0;
    std::size_t m_places[2] = {}, m_key[2] = {};
    std::size_t m_numbers = 0, m_means = 0, m_other = 0, m_field = 0, m_fieldBetween = 0;
    std::byte *m_imageMemory = nullptr, *m_augmentationMemory = nullptr;
};

}  // namespace convolab::gpu
