#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/train/recipe.h"

namespace convolab {

struct RateRangeOptions {
    double lowest = 1e-6;   ///< rate of the first step, above 0
    double highest = 1.0;   ///< rate of the last step
    std::int64_t steps = 100;
    bool operator==(const RateRangeOptions&) const = default;
};

/// "min=1e-6,max=1,steps=100"; what is left out keeps its default, and so does an empty text.
Result<RateRangeOptions> parseRateRange(std::string_view text);
Status validateRateRange(const RateRangeOptions& options);

struct RateRangePoint {
    double rate = 0.0;
    double loss = 0.0;      ///< of the batch that was trained on with this rate
    double smoothed = 0.0;  ///< running mean of the losses so far
};

struct RateRange {
    std::vector<RateRangePoint> points;  ///< rates ascend
    std::optional<double> suggested;     ///< where the loss falls fastest; absent if it never fell
    std::optional<double> lowestLoss;    ///< the rate at the smallest smoothed loss
    bool blewUp = false;                 ///< ended before the highest rate: the loss rose fourfold, or became infinite or NaN
};

/// Learning-rate range test (Smith 2017, "Cyclical learning rates", section 3.3): trains a copy on the batches of the
/// recipe, its rate rising from step to step by a constant factor, without schedule and validation. `initial` are the
/// weights to begin with, null: fresh ones. `progress` gets the share done and what there is so far, and returns false to
/// cancel (ErrorCode::Cancelled).
Result<RateRange> measureRateRange(const NetworkSpec& spec, const DatasetPtr& dataset, const Recipe& recipe,
                                   const WeightSet* initial, const RateRangeOptions& options,
                                   const std::function<bool(double, const RateRange&)>& progress = {});

/// Fills `suggested` and `lowestLoss` from the points.
void judgeRateRange(RateRange& range);

}  // namespace convolab
