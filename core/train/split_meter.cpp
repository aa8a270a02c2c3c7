#include "core/train/split_meter.h"

#include <algorithm>

#include "core/data/targets.h"

namespace convolab {

EvaluationMetrics SplitMeter::measure(Model& model, const Dataset& dataset, Split split, std::int64_t count) {
    const Shape& imageShape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(imageShape.size());
    double loss = 0.0;
    std::int64_t correct = 0;
    for (std::int64_t first = 0; first < count; first += largestBatch()) {
        const std::int64_t here = std::min(largestBatch(), count - first);
        for (std::int64_t i = 0; i < here; ++i) {
            dataset.image(split, first + i, {m_images.data() + static_cast<std::size_t>(i) * pixels, pixels});
            m_labels[static_cast<std::size_t>(i)] = dataset.label(split, first + i);
        }
        const LossResult part = model.evaluate({m_images.data(), imageShape.withBatch(here)},
                                               std::span<const int>(m_labels).first(static_cast<std::size_t>(here)));
        loss += part.loss * static_cast<double>(here);
        correct += part.correct;
    }
    const auto total = static_cast<double>(count);
    const bool regression = isRegression(dataset);
    return {.loss = loss / total, .accuracy = regression ? 0.0 : static_cast<double>(correct) / total, .images = count};
}

View<const float> SplitMeter::lastBatch(std::int64_t count) const {
    Shape shape = m_images.shape();
    shape[0] = std::min(shape[0], count);
    return {m_images.data(), shape};
}

}  // namespace convolab
