#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "app/lenses/compress/plan_bench.h"
#include "core/compress/quantization/calibration.h"

namespace convolab {

using ActivationStatisticsPtr = std::shared_ptr<const ActivationStatistics>;

/// What activations look like on the calibration images. They are observed once for the same weights, images and seed:
/// rule and bits can change without it. Any thread.
class CalibrationCache {
  public:
    /// Of the plan's network before its grids. A data set that has no training images or does not fit: a sentence.
    Result<ActivationStatisticsPtr> statistics(const LaidPlan& laid, const DatasetPtr& dataset, const std::function<bool()>& keepGoing);

  private:
    struct Entry {
        WeightSetPtr weights;
        DatasetPtr dataset;
        std::int64_t images = 0;
        std::uint64_t seed = 0;
        ActivationStatisticsPtr seen;
    };
    std::mutex m_mutex;
    std::vector<Entry> m_entries;  ///< the newest last
};

/// The first images of a split's balanced sample: always the same ones. All of them where the split has no more.
std::vector<std::int64_t> sampleOf(const Dataset& dataset, Split split, std::int64_t images);

/// Right answers of the plan's network as it would run, on a whole split: in integers where the plan gives activations a
/// grid, else in float32 on the rounded weights.
Result<PlanAccuracy> measurePlan(const LaidPlan& laid, const DatasetPtr& dataset, Split split, CalibrationCache& calibration,
                                 const std::function<bool()>& keepGoing);
/// Of a plan that usesIntegers, on some images of the split (empty: all).
Result<PlanAccuracy> measureIntegers(const LaidPlan& laid, const DatasetPtr& dataset, Split split, const std::vector<std::int64_t>& indices,
                                     CalibrationCache& calibration, const std::function<bool()>& keepGoing);

}  // namespace convolab
