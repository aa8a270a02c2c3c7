#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "core/util/random.h"

namespace convolab {

/// Values in ±2 that are all different and at least 2 / count away from 0: no kink of relu or max pool is near, so that two
/// ways to compute a layer can be compared.
template <class T>
std::vector<T> spreadValues(std::int64_t count, std::uint64_t seed) {
    std::vector<T> values;
    for (const std::int64_t position : permutation(count, seed, RandomStreamId::Analysis, 0)) {
        const double share = (static_cast<double>(position) + 0.5) / static_cast<double>(count);
        values.push_back(static_cast<T>(share * 4.0 - 2.0));
    }
    if (count == 1) values[0] = T{0.75};
    return values;
}

/// Largest difference in units of the largest expected value, which counts as `least` where it is smaller; infinite where a value
/// is not finite, or if there are fewer or more.
inline double relativeError(std::span<const float> got, std::span<const float> expected, double least = 1e-3) {
    if (got.size() != expected.size()) return INFINITY;
    double largest = least;
    double error = 0.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
        const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
        if (std::isnan(difference)) return INFINITY;
        error = std::max(error, difference);
    }
    return error / largest;
}

}  // namespace convolab
