#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/data/augmentation.h"
#include "core/data/dataset.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// One batch: `images` is (maximum N, C, H, W) of which the first `count` are valid; the maximum is the batch size, or
/// the number of training images where that is smaller.
struct Batch {
    Tensor images;
    std::vector<int> labels;
    std::int64_t count = 0;
    std::int64_t epoch = 0;  ///< 0-based
    std::int64_t index = 0;  ///< batch within the epoch, 0-based
};

/// Position in the endless sequence of training batches.
struct BatchPosition {
    std::int64_t epoch = 0;
    std::int64_t batch = 0;
    bool operator==(const BatchPosition&) const = default;
};

/// Prepares shuffled training batches ahead of the trainer on one thread of lower priority. The order of epoch e is a
/// permutation drawn from (seed, Shuffle, e): it does not depend on threads, speed or where reading began. Images are
/// augmented on that thread as well (core/data/augmentation.h; they must be images, or vectors made of images). The last
/// batch of an epoch may be partial. next() is called from one thread. What goes wrong while reading (out of memory,
/// a broken invariant) is thrown by next(), never on the loader's thread.
class BatchLoader {
  public:
    BatchLoader(DatasetPtr dataset, std::int64_t batchSize, std::uint64_t seed, BatchPosition start = {},
                int depth = 3, const std::vector<AugmentationSpec>& augmentations = {});
    ~BatchLoader();
    BatchLoader(const BatchLoader&) = delete;
    BatchLoader& operator=(const BatchLoader&) = delete;

    std::int64_t batchesPerEpoch() const;
    /// Blocks until the next batch is ready. The reference stays valid until the next call.
    const Batch& next();

  private:
    void produce(std::stop_token stop);
    void fill(Batch& batch);
    void advance();

    DatasetPtr m_dataset;
    std::int64_t m_batchSize;
    std::uint64_t m_seed;
    Augmenter m_augmenter;
    BatchPosition m_position;
    std::vector<std::int64_t> m_order;
    std::int64_t m_orderEpoch = -1;

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Batch> m_ready;
    std::deque<Batch> m_free;
    Batch m_current;
    std::exception_ptr m_failure;
    std::jthread m_thread;
};

}  // namespace convolab
