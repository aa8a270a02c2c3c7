#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/data/batch_loader.h"
#include "core/data/batch_order.h"
#include "core/model/model.h"
#include "core/train/device_data.h"
#include "core/train/recipe.h"

namespace convolab {

/// The training batches of a run, one after the other: with pixels from a BatchLoader, or named to a device that keeps the data set
/// and makes them there. They are the same batches; what the device gives up, the loader goes on with. One thread.
class BatchSource {
  public:
    /// Batches of at most `batchSize` images.
    BatchSource(DatasetPtr dataset, std::int64_t batchSize);

    /// The next batch is the one at `position`, augmented as the recipe says. `device`: the model, if its device can keep data; it gets
    /// the data set, also where the batches are wanted here. May throw DeviceLost.
    void begin(const Recipe& recipe, BatchPosition position, DeviceData* device, bool wantedHere);
    std::int64_t batchesPerEpoch() const;
    /// Without pixels where the device makes the batch. Valid until the next call.
    const Batch& next();
    /// What the model is given for the batch that came last: its pixels, or a view without data once the device knows which it is.
    View<const float> forModel(const Batch& batch);
    /// The pixels of that batch in any case.
    View<const float> pixels(const Batch& batch);

  private:
    bool named() const { return m_loader == nullptr; }
    void makeLoader();
    Shape shapeOf(const Batch& batch) const { return m_dataset->info().imageShape.withBatch(batch.count); }

    DatasetPtr m_dataset;
    std::int64_t m_batchSize;
    std::vector<AugmentationSpec> m_augmentations;
    std::uint64_t m_seed = 0;
    DeviceData* m_device = nullptr;
    std::unique_ptr<BatchLoader> m_loader;  // null: the device makes the batches
    std::optional<BatchOrder> m_order;
    BatchPosition m_position;               // of the next batch
    Batch m_batch;                          // the named one
    std::vector<std::int64_t> m_places;
    std::vector<float> m_pixels;
};

}  // namespace convolab
