#pragma once

#include <vector>

#include "core/data/dataset.h"
#include "core/model/model.h"
#include "core/tensor/tensor.h"
#include "core/train/device_data.h"
#include "core/train/history.h"

namespace convolab {

/// Measures a live model on images of a split, with buffers that are kept between calls.
class SplitMeter {
  public:
    SplitMeter() = default;
    SplitMeter(const Dataset& dataset, std::int64_t largestBatch)
        : m_images(dataset.info().imageShape.withBatch(largestBatch)), m_labels(static_cast<std::size_t>(largestBatch)) {}

    std::int64_t largestBatch() const { return m_images.shape()[0]; }
    /// Loss and accuracy on the first `count` images, count > 0, in evaluation mode. Step and epoch are left to the caller.
    /// `device`: the model, if its device keeps the data set; null else.
    EvaluationMetrics measure(Model& model, const Dataset& dataset, Split split, std::int64_t count, DeviceData* device = nullptr);
    /// The images of the last batch that was measured, read from `dataset`.
    View<const float> lastBatch(const Dataset& dataset);

  private:
    Tensor m_images;  // (largest batch, C, H, W)
    std::vector<int> m_labels;
    Split m_split = Split::Train;        // of the last batch, and its
    std::vector<std::int64_t> m_places;  // images
};

}  // namespace convolab
