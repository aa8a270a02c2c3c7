#include <algorithm>
#include <cmath>

#include "core/compress/quantization/range_rule.h"

namespace convolab {

namespace {

// Each side loses this share of all values at most; TensorRT's and OpenVINO's calibrators use the same order.
constexpr double kClipped = 1e-4;

/// The value below which `share` of all lie.
float quantile(const ValueDistribution& seen, double share) {
    const double wanted = share * seen.total();
    double sum = 0.0;
    for (std::size_t i = 0; i < seen.values.size(); ++i) {
        sum += seen.counts[i];
        if (sum >= wanted && seen.counts[i] > 0.0) return seen.values[i];
    }
    return seen.high;
}

ValueRange choose(const ValueDistribution& seen, const GridForm& form) {
    if (seen.values.empty()) return {seen.low, seen.high};
    // Nothing is cut off where fewer values than one would have to go.
    if (seen.total() * kClipped < 1.0) return {seen.low, seen.high};
    const ValueRange range{quantile(seen, kClipped), quantile(seen, 1.0 - kClipped)};
    if (!form.symmetric) return range;
    const float limit = std::max(std::abs(range.low), std::abs(range.high));
    return {-limit, limit};
}

}  // namespace

RangeRule percentileRange() {
    return {"percentile", "Percentile", "Leaves out the outermost 0.01 % of the values on each side.", &choose};
}

}  // namespace convolab
