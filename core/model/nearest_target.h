#pragma once

#include <cstddef>
#include <limits>
#include <span>

namespace convolab {

/// The row of `rows` (labels × outputs, one after the other) that is nearest to `outputs` by the sum of squared differences, the
/// first of several: the class that a network's outputs stand for, given a data set's targets.
inline int nearestTarget(std::span<const float> rows, std::span<const float> outputs) {
    int nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row * outputs.size() < rows.size(); ++row) {
        double distance = 0.0;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const double difference = static_cast<double>(outputs[i]) - static_cast<double>(rows[row * outputs.size() + i]);
            distance += difference * difference;
        }
        if (distance >= least) continue;
        least = distance;
        nearest = static_cast<int>(row);
    }
    return nearest;
}

}  // namespace convolab
