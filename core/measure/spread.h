#pragma once

#include <vector>

namespace convolab {

/// How repeated measurements of one thing lie. Medians and quantiles, since timings have a long upper tail.
struct Spread {
    double median = 0.0;
    double q1 = 0.0, q3 = 0.0;  ///< quartiles; q3 − q1 is the interquartile range
    double p95 = 0.0;           ///< 95 of 100 are at most this
    double minimum = 0.0;
    double range() const { return q3 - q1; }
};

/// Quantiles by linear interpolation between order statistics (NumPy's default); all 0 for no values.
Spread spreadOf(std::vector<double> values);

}  // namespace convolab
