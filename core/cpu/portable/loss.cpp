#include "core/cpu/portable/loss.h"

#include <algorithm>
#include <cmath>

#include "core/model/nearest_target.h"

namespace convolab {

namespace {

double crossEntropy(const float* v, std::int64_t classes, std::int64_t label, double scale, float* gradient) {
    const double largest = *std::max_element(v, v + classes);
    double sum = 0.0;
    for (std::int64_t i = 0; i < classes; ++i) sum += std::exp(v[i] - largest);
    if (gradient != nullptr) {
        for (std::int64_t i = 0; i < classes; ++i) {
            const double probability = std::exp(v[i] - largest) / sum;
            gradient[i] = static_cast<float>(scale * (probability - (i == label ? 1.0 : 0.0)));
        }
    }
    return largest + std::log(sum) - v[label];
}

double squaredError(const float* v, std::int64_t classes, std::int64_t label, double scale, float* gradient) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < classes; ++i) {
        const double difference = v[i] - (i == label ? 1.0 : 0.0);
        sum += difference * difference;
        if (gradient != nullptr) {
            gradient[i] = static_cast<float>(2.0 * scale * difference / static_cast<double>(classes));
        }
    }
    return sum / static_cast<double>(classes);
}

double squaredDistance(const float* v, std::int64_t outputs, const float* row, double scale, float* gradient) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < outputs; ++i) {
        const double difference = static_cast<double>(v[i]) - static_cast<double>(row[i]);
        sum += difference * difference;
        if (gradient != nullptr) gradient[i] = static_cast<float>(2.0 * scale * difference / static_cast<double>(outputs));
    }
    return sum / static_cast<double>(outputs);
}

LossResult lossToRows(const View<const float>& values, std::span<const int> labels, const View<float>& gradient, std::span<const float> rows) {
    const std::int64_t n = values.shape[0];
    const std::int64_t outputs = values.shape[1];
    LossResult result;
    result.count = n;
    const double scale = 1.0 / static_cast<double>(n);
    for (std::int64_t image = 0; image < n; ++image) {
        const float* v = values.data + image * outputs;
        const int label = labels[static_cast<std::size_t>(image)];
        float* g = gradient.data == nullptr ? nullptr : gradient.data + image * outputs;
        result.loss += squaredDistance(v, outputs, rows.data() + label * outputs, scale, g);
        if (nearestTarget(rows, {v, static_cast<std::size_t>(outputs)}) == label) ++result.correct;
    }
    result.loss *= scale;
    return result;
}

/// PyTorch's cross_entropy with class weights w and label smoothing ε, without the division by Σ w[label]:
/// (1 − ε) w[label] (−log p[label]) + ε / C Σ w[c] (−log p[c]).
double targetedEntropy(const float* v, std::int64_t classes, std::int64_t label, double scale, float* gradient,
                       const LossTargets& targets) {
    const auto weight = [&](std::int64_t c) {
        return targets.classWeights.empty() ? 1.0 : static_cast<double>(targets.classWeights[static_cast<std::size_t>(c)]);
    };
    const double spread = targets.smoothing / static_cast<double>(classes);
    const double own = (1.0 - targets.smoothing) * weight(label);
    const double largest = *std::max_element(v, v + classes);
    double sum = 0.0, mass = own;
    for (std::int64_t i = 0; i < classes; ++i) {
        sum += std::exp(v[i] - largest);
        mass += spread * weight(i);
    }
    const double logSum = largest + std::log(sum);
    double loss = own * (logSum - v[label]);
    for (std::int64_t i = 0; i < classes; ++i) {
        // A class without weight adds nothing, also where its probability is 0.
        const double share = spread * weight(i);
        if (share > 0.0) loss += share * (logSum - v[i]);
        if (gradient == nullptr) continue;
        const double probability = std::exp(v[i] - largest) / sum;
        gradient[i] = static_cast<float>(scale * (mass * probability - share - (i == label ? own : 0.0)));
    }
    return loss;
}

/// Σ w[label]: what the mean is divided by.
double weightOf(std::span<const int> labels, const LossTargets& targets) {
    if (targets.classWeights.empty()) return static_cast<double>(labels.size());
    double sum = 0.0;
    for (const int label : labels) sum += static_cast<double>(targets.classWeights[static_cast<std::size_t>(label)]);
    return sum;
}

}  // namespace

LossResult computeLoss(LossKind kind, const View<const float>& values, std::span<const int> labels,
                       const View<float>& gradient, const LossTargets& targets, std::span<const float> rows) {
    if (!rows.empty() && kind == LossKind::MeanSquaredError) return lossToRows(values, labels, gradient, rows);
    const std::int64_t n = values.shape[0];
    const std::int64_t classes = values.shape[1];
    const bool plain = targets.smoothing == 0.0 && targets.classWeights.empty();
    LossResult result;
    result.count = n;
    const double total = plain ? static_cast<double>(n) : weightOf(labels.first(static_cast<std::size_t>(n)), targets);
    const double scale = total > 0.0 ? 1.0 / total : 0.0;  // only classes that do not count: nothing to learn
    for (std::int64_t image = 0; image < n; ++image) {
        const float* v = values.data + image * classes;
        const std::int64_t label = labels[static_cast<std::size_t>(image)];
        float* g = gradient.data == nullptr ? nullptr : gradient.data + image * classes;
        if (kind == LossKind::MeanSquaredError) {
            result.loss += squaredError(v, classes, label, scale, g);
        } else {
            result.loss += plain ? crossEntropy(v, classes, label, scale, g)
                                 : targetedEntropy(v, classes, label, scale, g, targets);
        }
        if (std::max_element(v, v + classes) - v == label) ++result.correct;
    }
    result.loss *= scale;
    return result;
}

}  // namespace convolab
