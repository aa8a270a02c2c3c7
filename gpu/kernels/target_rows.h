#pragma once

#include <cmath>

#include "gpu/kernels/body.h"
#include "gpu/kernels/softmax.h"

/// The squared error where outputs aim at values instead of classes: `rows` holds as many numbers as there are outputs for each label
/// (core/data/targets.h). One thread per image.
namespace convolab::gpu {

/// The row with the least squared distance, the first of several: the label that the outputs stand for.
CONVOLAB_BODY inline Index nearestRow(const float* values, const float* rows, Index count, Index outputs) {
    Index nearest = 0;
    double least = static_cast<double>(INFINITY);
    for (Index row = 0; row < count; ++row) {
        double distance = 0.0;
        for (Index k = 0; k < outputs; ++k) {
            const double difference = static_cast<double>(values[k]) - static_cast<double>(rows[row * outputs + k]);
            distance += difference * difference;
        }
        if (distance >= least) continue;
        least = distance;
        nearest = row;
    }
    return nearest;
}

/// (v − row of the label)², the mean over the outputs.
struct SquaredErrorToRows {
    const float* values;
    const std::int32_t* labels;
    const float* rows;
    const BatchLoss* total;
    ImageLoss* losses;
    float* gradient;  ///< may be null
    Index outputs, count;
    CONVOLAB_BODY void operator()(Index n) const {
        const float* v = values + n * outputs;
        const float* row = rows + labels[n] * outputs;
        const double size = static_cast<double>(outputs);
        double sum = 0.0;
        for (Index k = 0; k < outputs; ++k) {
            const double difference = static_cast<double>(v[k]) - static_cast<double>(row[k]);
            sum += difference * difference;
            if (gradient != nullptr) gradient[n * outputs + k] = static_cast<float>(2.0 * total->scale * difference / size);
        }
        losses[n] = {sum / size, nearestRow(v, rows, count, outputs) == labels[n] ? 1 : 0};
    }
};

}  // namespace convolab::gpu
