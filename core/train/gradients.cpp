#include "core/train/gradients.h"

#include <cmath>

#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

CONVOLAB_VECTOR_CLONES
void penaltyPiece(float* __restrict g, const float* __restrict w, std::size_t count, float l1, float twiceL2) {
    for (std::size_t i = 0; i < count; ++i) {
        const float sign = static_cast<float>(w[i] > 0.0F) - static_cast<float>(w[i] < 0.0F);
        g[i] += l1 * sign + twiceL2 * w[i];
    }
}

// Comparisons that a NaN fails leave it as it is, so that the divergence is found.
CONVOLAB_VECTOR_CLONES
void clipPiece(float* g, std::size_t count, float limit) {
    for (std::size_t i = 0; i < count; ++i) {
        g[i] = g[i] > limit ? limit : g[i];
        g[i] = g[i] < -limit ? -limit : g[i];
    }
}

CONVOLAB_VECTOR_CLONES
void scalePiece(float* g, std::size_t count, float factor) {
    for (std::size_t i = 0; i < count; ++i) g[i] *= factor;
}

CONVOLAB_VECTOR_CLONES
void averagePiece(float* __restrict average, const float* __restrict values, std::size_t count, float keep, float take) {
    for (std::size_t i = 0; i < count; ++i) average[i] = keep * average[i] + take * values[i];
}

/// Eight sums side by side in a fixed order: vectors without a change of rounding.
CONVOLAB_VECTOR_CLONES
double sumOfSquares(const float* values, std::size_t count) {
    constexpr std::size_t kLanes = 8;
    double lanes[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            const double value = values[i + lane];
            lanes[lane] += value * value;
        }
    }
    for (; i < count; ++i) lanes[0] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace

void addPenalties(const ParameterLayout& layout, std::span<const float> parameters, std::span<float> gradients, double l1,
                  double l2) {
    if (l1 == 0.0 && l2 == 0.0) return;
    for (const ParameterEntry& entry : layout.entries) {
        if (!entry.spec.trainable || entry.spec.role != ParameterRole::Weight) continue;
        const auto size = static_cast<std::size_t>(entry.spec.shape.size());
        inPieces(size, [&](std::size_t first, std::size_t count) {
            penaltyPiece(gradients.data() + entry.offset + first, parameters.data() + entry.offset + first, count,
                         static_cast<float>(l1), static_cast<float>(2.0 * l2));
        });
    }
}

void clipValues(std::span<float> gradients, double limit) {
    inPieces(gradients.size(), [&](std::size_t first, std::size_t count) {
        clipPiece(gradients.data() + first, count, static_cast<float>(limit));
    });
}

double clipNorm(std::span<float> gradients, double limit, std::vector<double>& sums) {
    sums.resize((gradients.size() + kElementwisePiece - 1) / kElementwisePiece);
    inPieces(gradients.size(), [&](std::size_t first, std::size_t count) {
        sums[first / kElementwisePiece] = sumOfSquares(gradients.data() + first, count);
    });
    double sum = 0.0;
    for (const double part : sums) sum += part;
    const double length = std::sqrt(sum);
    const double factor = limit / (length + 1e-6);
    if (factor < 1.0 && std::isfinite(length)) {
        inPieces(gradients.size(), [&](std::size_t first, std::size_t count) {
            scalePiece(gradients.data() + first, count, static_cast<float>(factor));
        });
    }
    return length;
}

void updateAverage(std::span<float> average, std::span<const float> values, double decay) {
    inPieces(average.size(), [&](std::size_t first, std::size_t count) {
        averagePiece(average.data() + first, values.data() + first, count, static_cast<float>(decay),
                     static_cast<float>(1.0 - decay));
    });
}

}  // namespace convolab
