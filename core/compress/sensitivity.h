#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/compress/quick_accuracy.h"

namespace convolab {

/// How accuracy falls when one layer alone is pruned or rounded: which layers can lose much, and which hardly anything (Han et al.
/// 2015, section 4; Li et al. 2017, section 3.2).
struct SensitivityOptions {
    std::string criterion = "magnitude";
    Granularity granularity = Granularity::Weight;
    std::uint64_t seed = 0;  ///< of the random criterion and of the sample
    std::vector<double> sparsities = {0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};  ///< each in [0, 1)
    std::int64_t images = QuickAccuracy::kUsualImages;  ///< of the validation split, balanced by class
    /// Not empty: instead of being pruned, the layer's weights are rounded to so many bits, each 2 to 8.
    std::vector<int> bits = {};
    WeightLevels levels = WeightLevels::Uniform;
    QuantizationSettings quantization = {};  ///< of its grids; activations stay float32
};

struct SensitivityPoint {
    NodeId layer;
    double sparsity = 0.0;  ///< what the layer really loses: a whole number of groups, and never all of them
    int bits = kFloatBits;
    QuickAccuracy::Answer answer;
};

struct SensitivityCurve {
    NodeId layer;
    std::vector<SensitivityPoint> points;  ///< by rising sparsity, or falling bits
};

struct Sensitivity {
    QuickAccuracy::Answer baseline;        ///< nothing pruned
    std::vector<SensitivityCurve> curves;  ///< one for each layer that can lose such groups, in execution order
    bool cancelled = false;                ///< holds what was done
};

/// `dataset` must fit the network. `progress` gets a share in [0, 1] before each batch of images and returns false to cancel;
/// `onPoint` is called as each point is done. Both may be empty.
Result<Sensitivity> measureSensitivity(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                       const SensitivityOptions& options = {}, const std::function<bool(double)>& progress = {},
                                       const std::function<void(const SensitivityPoint&)>& onPoint = {});

}  // namespace convolab
