#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/compress/masks.h"
#include "core/data/dataset.h"
#include "core/model/model.h"

namespace convolab {

/// Accuracy of any weights of one network on a fixed, seeded sample that is balanced by class, fast enough to follow a
/// slider: the images lie in memory, the model is compiled once. On one thread at a time.
class QuickAccuracy {
  public:
    static constexpr std::int64_t kUsualImages = 1000;

    struct Answer {
        std::int64_t correct = 0;
        std::int64_t images = 0;
        double loss = 0.0;  ///< mean cross-entropy
        double accuracy() const { return images > 0 ? static_cast<double>(correct) / static_cast<double>(images) : 0.0; }
    };

    /// `dataset` must fit the network (core/data `fitted`). The first `images` of the sample, or as many as the split has;
    /// an empty split is an error.
    static Result<std::unique_ptr<QuickAccuracy>> create(const NetworkSpec& spec, const Dataset& dataset,
                                                         std::int64_t images = kUsualImages, std::uint64_t seed = 0,
                                                         Split split = Split::Validation);

    /// `keepGoing` is asked between batches of at most 100 images; false ends with ErrorCode::Cancelled. May be empty.
    Result<Answer> measure(const WeightSet& weights, const std::function<bool()>& keepGoing = {});
    /// The same of masked(weights, masks), without a copy of one's own.
    Result<Answer> measure(const WeightSet& weights, const Masks& masks, const std::function<bool()>& keepGoing = {});

    std::int64_t images() const { return static_cast<std::int64_t>(m_labels.size()); }

  private:
    QuickAccuracy() = default;
    Result<Answer> run(const std::function<bool()>& keepGoing);

    std::unique_ptr<Model> m_model;
    Tensor m_images;  // (images, C, H, W)
    std::vector<int> m_labels;
    std::vector<float> m_masked;
};

}  // namespace convolab
