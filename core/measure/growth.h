#pragma once

#include <string>
#include <vector>

#include "core/inspect/predictions.h"
#include "core/measure/timed_steps.h"

namespace convolab {

/// How the time of one image grows with one size of a network, the others fixed.
struct GrowthSeries {
    std::string quantity;               ///< "width", "depth", "batch", "input size"
    std::string network;                ///< what varies: "two dense layers of n units"
    StepTask task = StepTask::Train;
    std::vector<double> sizes = {};
    std::vector<double> seconds = {};   ///< per image, the median step
    double arithmetic = 0.0;            ///< the power with which the MACs of an image grow: slope of their line
    double slope() const { return logLogSlope(sizes, seconds); }
};

/// One network on one thread and on all.
struct ThreadGain {
    std::string network;
    StepTask task = StepTask::Train;
    std::int64_t batch = 1;
    int threads = 1;
    double one = 0.0, all = 0.0;  ///< seconds of the median step
    double gain() const { return one / all; }
};

/// A network whose batch and threads are varied.
struct GrowthNetwork {
    std::string name;
    NetworkSpec spec;
    std::int64_t batch = 1;  ///< for the threads
};

struct Growth {
    std::vector<GrowthSeries> series = {};
    std::vector<ThreadGain> threads = {};
    bool whole = true;  ///< false: cancelled; these are the ones that were finished
};

/// Training steps, `seconds` for each size: width, depth and input size of small chains of layers, the batch of each of the
/// networks, and these on one thread and on all. The compute team is as the caller has set it, and is so again in the end.
Result<Growth> measureGrowth(const std::vector<GrowthNetwork>& networks, double seconds, const Progress& progress = {});

}  // namespace convolab
