#include "core/attack/gradient.h"

#include <algorithm>

#include "core/cpu/portable/loss.h"

namespace convolab {

namespace {

double goalSign(const AttackSpec& spec) { return spec.target ? -1.0 : 1.0; }

/// Loss of one image alone: neither value nor gradient depends on the batch that it happens to be in.
double ownLoss(View<const float> logits, std::int64_t image, const int& label, float* gradient) {
    const Shape one{1, logits.shape[1]};
    const std::int64_t offset = image * logits.shape[1];
    return computeLoss(LossKind::CrossEntropy, {logits.data + offset, one}, {&label, 1},
                       {gradient == nullptr ? nullptr : gradient + offset, one})
        .loss;
}

}  // namespace

std::vector<int> goalClasses(const AttackSpec& spec, std::span<const int> labels) {
    if (spec.target) return std::vector<int>(labels.size(), *spec.target);
    return {labels.begin(), labels.end()};
}

AttackGoal::AttackGoal(const AttackSpec& spec, const AttackBatch& batch)
    : m_batch(batch), m_classes(goalClasses(spec, batch.labels)), m_sign(goalSign(spec)),
      m_logitsGradient(batch.model.outputShape().withBatch(batch.images.shape[0])) {}

Result<View<const float>> AttackGoal::gradient(View<const float> images) {
    CONVOLAB_RETURN_IF_ERROR(goOn(m_batch));
    m_batch.model.forward(images);
    const View<const float> logits = m_batch.model.logits();
    for (std::int64_t i = 0; i < logits.shape[0]; ++i) {
        ownLoss(logits, i, m_classes[static_cast<std::size_t>(i)], m_logitsGradient.data());
    }
    if (m_sign < 0.0) {
        for (float& value : m_logitsGradient.span()) value = -value;
    }
    m_batch.model.backward(m_logitsGradient.view());
    const View<const float> gradient = m_batch.model.inputGradient();
    const std::int64_t pixels = gradient.size() / gradient.shape[0];
    for (std::size_t i = 0; i < m_batch.sawGradient.size(); ++i) {
        const float* own = gradient.data + static_cast<std::int64_t>(i) * pixels;
        const bool zero = m_batch.sawGradient[i] == 0 &&
                          std::all_of(own, own + pixels, [](float value) { return value == 0.0F; });
        if (!zero) m_batch.sawGradient[i] = 1;
    }
    return gradient;
}

std::vector<double> goalValues(const AttackSpec& spec, View<const float> logits, std::span<const int> labels) {
    const std::vector<int> classes = goalClasses(spec, labels);
    std::vector<double> values;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        values.push_back(goalSign(spec) * ownLoss(logits, static_cast<std::int64_t>(i), classes[i], nullptr));
    }
    return values;
}

std::vector<int> predictedClasses(View<const float> logits) {
    std::vector<int> classes;
    for (std::int64_t i = 0; i < logits.shape[0]; ++i) {
        const float* own = logits.data + i * logits.shape[1];
        classes.push_back(static_cast<int>(std::max_element(own, own + logits.shape[1]) - own));
    }
    return classes;
}

Status goOn(const AttackBatch& batch) {
    if (!batch.keepGoing || batch.keepGoing()) return {};
    return Error{ErrorCode::Cancelled, "the attack was cancelled", {}, {}};
}

}  // namespace convolab
