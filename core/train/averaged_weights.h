#pragma once

#include <span>
#include <vector>

#include "core/tensor/tensor.h"

namespace convolab {

/// Exponential moving average of weights and running statistics (Polyak & Juditsky 1992). The decay rises to its value as
/// min(decay, (1 + t) / (10 + t)) over the steps t, so that the fresh weights are soon forgotten (as TensorFlow's
/// ExponentialMovingAverage with num_updates).
class AveragedWeights {
  public:
    AveragedWeights(std::span<const float> parameters, std::span<const float> statistics);

    /// After step `step`, counted from 1.
    void update(std::span<const float> parameters, std::span<const float> statistics, double decay, std::int64_t step);

    std::span<float> parameters() { return m_parameters.span(); }
    std::span<const float> parameters() const { return m_parameters.span(); }
    std::span<float> statistics() { return m_statistics.span(); }
    std::span<const float> statistics() const { return m_statistics.span(); }

    std::vector<float> state() const;            ///< parameters, then statistics: for a checkpoint
    bool restore(std::span<const float> state);  ///< false, and nothing is changed, if the size is another

  private:
    AlignedBuffer m_parameters, m_statistics;
};

}  // namespace convolab
