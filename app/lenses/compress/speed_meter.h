#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/lenses/compress/plan_meter.h"

namespace convolab {

/// The plan's integer network beside its float32 one, at one batch size. Seconds per image: the smaller of two medians.
struct SpeedComparison {
    std::int64_t batch = 1;
    double floatSeconds = 0.0, integerSeconds = 0.0;
    std::string why;  ///< integers are slower for this reason, if they are; empty: none is known
    bool slower() const { return integerSeconds > floatSeconds; }
};

/// Measures both in turn at batch 1 and 64 on all compute threads. The plan usesIntegers. Any thread.
Result<std::vector<SpeedComparison>> compareSpeed(const LaidPlan& laid, const DatasetPtr& dataset, CalibrationCache& calibration,
                                                  const std::function<bool(double)>& progress);

}  // namespace convolab
