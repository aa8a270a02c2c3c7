#include "core/cpu/portable/loss.h"

#include <algorithm>
#include <cmath>

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

}  // namespace

LossResult computeLoss(LossKind kind, const View<const float>& values, std::span<const int> labels,
                       const View<float>& gradient) {
    const std::int64_t n = values.shape[0];
    const std::int64_t classes = values.shape[1];
    LossResult result;
    result.count = n;
    const double scale = 1.0 / static_cast<double>(n);
    for (std::int64_t image = 0; image < n; ++image) {
        const float* v = values.data + image * classes;
        const std::int64_t label = labels[static_cast<std::size_t>(image)];
        float* g = gradient.data == nullptr ? nullptr : gradient.data + image * classes;
        result.loss += kind == LossKind::CrossEntropy ? crossEntropy(v, classes, label, scale, g)
                                                      : squaredError(v, classes, label, scale, g);
        if (std::max_element(v, v + classes) - v == label) ++result.correct;
    }
    result.loss *= scale;
    return result;
}

}  // namespace convolab
