#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/augmentation.h"
#include "core/data/dataset.h"

namespace convolab {

/// The images at `places` of a split, one behind the other, to `pixels`; training images as `augmenter` (null: none) changes them in
/// that epoch.
void makeBatch(const Dataset& dataset, Split split, std::span<const std::int64_t> places, Augmenter* augmenter, std::int64_t epoch, float* pixels);

/// In which order a run sees its training images: a permutation of each epoch drawn from (seed, Shuffle, epoch), cut into
/// batches of which the last one may be partial.
class BatchOrder {
  public:
    BatchOrder(std::int64_t images, std::int64_t batchSize, std::uint64_t seed) : m_images(images), m_batchSize(batchSize), m_seed(seed) {}

    std::int64_t batchesPerEpoch() const { return (m_images + m_batchSize - 1) / m_batchSize; }
    /// The places of the images of batch `index` of an epoch; valid until the next call.
    std::span<const std::int64_t> batch(std::int64_t epoch, std::int64_t index);

  private:
    std::int64_t m_images, m_batchSize;
    std::uint64_t m_seed;
    std::int64_t m_epoch = -1;
    std::vector<std::int64_t> m_order;
};

}  // namespace convolab
