#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/compress/quantization/quantizer.h"
#include "core/util/result.h"

namespace convolab {

/// How often which values occur: distinct ones with their counts (the bins of a histogram, or single weights).
struct ValueDistribution {
    float low = 0.0F;   ///< the smallest value seen
    float high = 0.0F;  ///< the largest
    std::vector<float> values;   ///< ascending
    std::vector<double> counts;  ///< of each

    double total() const;
    /// Single values, or `bins` evenly spaced bins with their centres where there are more than that.
    static ValueDistribution of(std::span<const float> values, int bins);
};

/// The form of the grid that a range is wanted for.
struct GridForm {
    int bits = 8;
    bool symmetric = false;  ///< weights: zero point 0, the range is ±limit

    AffineQuantizer over(ValueRange range) const;  ///< symmetric: limit = max(−low, high)
};

/// A way to choose the interval that a grid covers: a wide one has coarse steps, a narrow one clips.
struct RangeRule {
    std::string id;     ///< "minmax", "percentile", "mse"
    std::string label;  ///< "Min–max"
    std::string help;   ///< one sentence
    ValueRange (*choose)(const ValueDistribution& distribution, const GridForm& form) = nullptr;
    bool clipsWeights = false;  ///< weights follow it, too; otherwise their grids end at the largest weight
};

const std::vector<RangeRule>& rangeRules();
const RangeRule* findRangeRule(const std::string& id);
Result<const RangeRule*> rangeRuleNamed(const std::string& id);  ///< an unknown one: a sentence with the nearest word

// One file each in ranges/.
RangeRule minmaxRange();
RangeRule percentileRange();
RangeRule mseRange();

}  // namespace convolab
