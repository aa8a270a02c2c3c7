#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Softmax and the losses, one thread per image. The largest score is taken out first, so that exp cannot overflow.
namespace convolab::gpu {

CONVOLAB_BODY inline Index largestPlace(const float* values, Index count) {
    Index best = 0;
    for (Index k = 1; k < count; ++k) {
        if (values[k] > values[best]) best = k;
    }
    return best;
}

struct Softmax {
    const float* x;
    float* y;
    Index classes;
    CONVOLAB_BODY void operator()(Index n) const {
        const float* from = x + n * classes;
        float* to = y + n * classes;
        const float largest = from[largestPlace(from, classes)];
        float sum = 0.0F;
        for (Index k = 0; k < classes; ++k) {
            to[k] = std::exp(from[k] - largest);
            sum += to[k];
        }
        for (Index k = 0; k < classes; ++k) to[k] /= sum;
    }
};

/// dx = y · (dy − Σ dy · y).
struct SoftmaxGradient {
    const float *y, *dy;
    float* dx;
    Index classes;
    CONVOLAB_BODY void operator()(Index n) const {
        const Index first = n * classes;
        float weighted = 0.0F;
        for (Index k = first; k < first + classes; ++k) weighted += dy[k] * y[k];
        for (Index k = first; k < first + classes; ++k) dx[k] = y[k] * (dy[k] - weighted);
    }
};

/// y = x − log Σ exp(x).
struct LogSoftmax {
    const float* x;
    float* y;
    Index classes;
    CONVOLAB_BODY void operator()(Index n) const {
        const float* from = x + n * classes;
        const float largest = from[largestPlace(from, classes)];
        float sum = 0.0F;
        for (Index k = 0; k < classes; ++k) sum += std::exp(from[k] - largest);
        const float logarithm = largest + std::log(sum);
        for (Index k = 0; k < classes; ++k) y[n * classes + k] = from[k] - logarithm;
    }
};

/// dx = dy − exp(y) · Σ dy.
struct LogSoftmaxGradient {
    const float *y, *dy;
    float* dx;
    Index classes;
    CONVOLAB_BODY void operator()(Index n) const {
        const Index first = n * classes;
        float sum = 0.0F;
        for (Index k = first; k < first + classes; ++k) sum += dy[k];
        for (Index k = first; k < first + classes; ++k) dx[k] = dy[k] - std::exp(y[k]) * sum;
    }
};

/// What one image adds to the loss of the batch.
struct ImageLoss {
    double loss;
    std::int32_t correct;  ///< 1 if the largest score (the first of equals) is the label's
};

/// What the loss of a batch is and what it is divided by.
struct BatchLoss {
    double scale;  ///< 1 / n, or 1 / Σ weight[label]; 0 if nothing counts
    double loss;
    std::int64_t correct;
    std::int64_t skipped = 0;  ///< 1: the step changes no weights (loss_scaling.h)
};

/// One thread: the divisor of the mean, before the losses.
struct LossScale {
    const std::int32_t* labels;
    const float* classWeights;  ///< null: all 1
    BatchLoss* total;
    Index n;
    CONVOLAB_BODY void operator()(Index) const {
        double sum = 0.0;
        for (Index i = 0; i < n; ++i) sum += classWeights != nullptr ? static_cast<double>(classWeights[labels[i]]) : 1.0;
        total->scale = sum > 0.0 ? 1.0 / sum : 0.0;
    }
};

/// Cross-entropy on logits fused with its gradient: with p = softmax(v), weights w and smoothing ε (PyTorch's cross_entropy),
/// (1 − ε) w[label] (−log p[label]) + ε / C · Σ w[c] (−log p[c]).
struct CrossEntropy {
    const float* values;
    const std::int32_t* labels;
    const float* classWeights;
    const BatchLoss* total;
    ImageLoss* losses;
    float* gradient;  ///< of the mean; may be null
    Index classes;
    double smoothing;
    CONVOLAB_BODY double weight(Index c) const { return classWeights != nullptr ? static_cast<double>(classWeights[c]) : 1.0; }
    CONVOLAB_BODY void operator()(Index n) const {
        const float* v = values + n * classes;
        const Index label = labels[n], best = largestPlace(v, classes);
        const double largest = v[best], spread = smoothing / static_cast<double>(classes);
        const double own = (1.0 - smoothing) * weight(label);
        double sum = 0.0, mass = own;
        for (Index k = 0; k < classes; ++k) {
            sum += std::exp(static_cast<double>(v[k]) - largest);
            mass += spread * weight(k);
        }
        const double logSum = largest + std::log(sum);
        double loss = own * (logSum - static_cast<double>(v[label]));
        for (Index k = 0; k < classes; ++k) {
            // A class without weight adds nothing, also where its probability is 0.
            const double share = spread * weight(k);
            if (share > 0.0) loss += share * (logSum - static_cast<double>(v[k]));
            if (gradient == nullptr) continue;
            const double probability = std::exp(static_cast<double>(v[k]) - largest) / sum;
            gradient[n * classes + k] = static_cast<float>(total->scale * (mass * probability - share - (k == label ? own : 0.0)));
        }
        losses[n] = {loss, best == label ? 1 : 0};
    }
};

/// (v − one-hot)², the mean over the classes.
struct SquaredError {
    const float* values;
    const std::int32_t* labels;
    const BatchLoss* total;
    ImageLoss* losses;
    float* gradient;  ///< may be null
    Index classes;
    CONVOLAB_BODY void operator()(Index n) const {
        const float* v = values + n * classes;
        const Index label = labels[n];
        const double count = static_cast<double>(classes);
        double sum = 0.0;
        for (Index k = 0; k < classes; ++k) {
            const double difference = static_cast<double>(v[k]) - (k == label ? 1.0 : 0.0);
            sum += difference * difference;
            if (gradient != nullptr) gradient[n * classes + k] = static_cast<float>(2.0 * total->scale * difference / count);
        }
        losses[n] = {sum / count, largestPlace(v, classes) == label ? 1 : 0};
    }
};

/// One thread: the sums over the images, in their order.
struct LossTotal {
    const ImageLoss* losses;
    BatchLoss* total;
    Index n;
    CONVOLAB_BODY void operator()(Index) const {
        double loss = 0.0;
        std::int64_t correct = 0;
        for (Index i = 0; i < n; ++i) {
            loss += losses[i].loss;
            correct += losses[i].correct;
        }
        total->loss = loss * total->scale;
        total->correct = correct;
    }
};

}  // namespace convolab::gpu
