#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "core/compress/plan.h"
#include "core/compress/quantization/range_rule.h"
#include "core/data/dataset.h"
#include "core/graph/analysis.h"
#include "core/model/fusion.h"
#include "core/model/weights.h"

namespace convolab {

/// What a network's layers gave on the calibration images, by the layer whose output it is.
struct ActivationStatistics {
    std::map<NodeId, ValueDistribution> seen;
    std::int64_t images = 0;
};

/// The interval of each quantised activation, by the layer whose output it is.
struct ActivationRanges {
    std::map<NodeId, ValueRange> ranges;
    std::int64_t images = 0;  ///< how many they were seen on
    bool operator==(const ActivationRanges&) const = default;
};

/// Layers as they run at inference: batch norm and activation joined to the layer before them. Values exist behind each
/// of them, nowhere else.
std::vector<FusedLayer> inferenceLayers(const NetworkSpec& spec, const Analysis& analysis);
/// Of those, the layers whose output gets a grid of its own: not those that only pass values on or choose among them
/// (max pooling, flatten, dropout, output), and not the softmax.
std::vector<NodeId> quantizedActivations(const NetworkSpec& spec, const Analysis& analysis);

/// Runs the float32 model with taps over the first settings.calibrationImages training images, drawn with `seed` and
/// balanced by class, twice: once for the extremes, once for histograms of 2,048 bins. A data set that is empty or does
/// not fit, or values that are not finite: a sentence. `progress` gets a share in [0, 1] and returns false to cancel.
Result<ActivationStatistics> observeActivations(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                                const QuantizationSettings& settings, std::uint64_t seed,
                                                const std::function<bool(double)>& progress = {});

/// The settings' range rule on all of them; cheap, so that rule and bits can change without another observation.
Result<ActivationRanges> chooseRanges(const ActivationStatistics& statistics, const QuantizationSettings& settings);

}  // namespace convolab
