#include <algorithm>
#include <limits>

#include "core/compress/quantization/range_rule.h"

namespace convolab {

namespace {

constexpr int kCandidates = 60;
constexpr double kStep = 0.935;  // from one candidate to the next; the last is 2 % of the first

double squaredError(const ValueDistribution& seen, const AffineQuantizer& quantizer) {
    double sum = 0.0;
    for (std::size_t i = 0; i < seen.values.size(); ++i) {
        if (seen.counts[i] == 0.0) continue;
        const double error = static_cast<double>(seen.values[i]) - quantizer.rounded(seen.values[i]);
        sum += seen.counts[i] * error * error;
    }
    return sum;
}

/// The best of the candidates that `make` gives for factors from 1 downwards; the widest in a tie.
template <class Make>
ValueRange narrowed(const ValueDistribution& seen, const GridForm& form, Make&& make) {
    ValueRange best = make(1.0F);
    double least = std::numeric_limits<double>::infinity();
    double factor = 1.0;
    for (int i = 0; i < kCandidates; ++i, factor *= kStep) {
        const ValueRange range = make(static_cast<float>(factor));
        const double error = squaredError(seen, form.over(range));
        if (error < least) {
            least = error;
            best = range;
        }
    }
    return best;
}

/// A symmetric range as one; otherwise the upper end, then the lower.
ValueRange choose(const ValueDistribution& seen, const GridForm& form) {
    if (form.symmetric) {
        const float limit = std::max(-seen.low, seen.high);
        return narrowed(seen, form, [&](float factor) { return ValueRange{-limit * factor, limit * factor}; });
    }
    const ValueRange upper = narrowed(seen, form, [&](float factor) { return ValueRange{seen.low, seen.high * factor}; });
    return narrowed(seen, form, [&](float factor) { return ValueRange{upper.low * factor, upper.high}; });
}

}  // namespace

RangeRule mseRange() {
    return {"mse", "Least squares",
            "Draws the range in while the mean squared error falls: clipping a few values can be worth finer steps.", &choose, true};
}

}  // namespace convolab
