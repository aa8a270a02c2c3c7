#include "core/train/split_meter.h"

#include <algorithm>
#include <numeric>

#include "core/data/batch_order.h"
#include "core/data/targets.h"

namespace convolab {

EvaluationMetrics SplitMeter::measure(Model& model, const Dataset& dataset, Split split, std::int64_t count, DeviceData* device) {
    double loss = 0.0;
    std::int64_t correct = 0;
    m_split = split;
    for (std::int64_t first = 0; first < count; first += largestBatch()) {
        const std::int64_t here = std::min(largestBatch(), count - first);
        m_places.resize(static_cast<std::size_t>(here));
        std::iota(m_places.begin(), m_places.end(), first);
        for (std::size_t i = 0; i < m_places.size(); ++i) m_labels[i] = dataset.label(split, m_places[i]);
        View<const float> images{nullptr, dataset.info().imageShape.withBatch(here)};
        if (device != nullptr && device->makesBatches(false)) device->chooseImages({.split = split, .images = m_places});
        else images = lastBatch(dataset);
        const LossResult part = model.evaluate(images, std::span<const int>(m_labels).first(m_places.size()));
        loss += part.loss * static_cast<double>(here);
        correct += part.correct;
    }
    const auto total = static_cast<double>(count);
    const bool regression = isRegression(dataset);
    return {.loss = loss / total, .accuracy = regression ? 0.0 : static_cast<double>(correct) / total, .images = count};
}

View<const float> SplitMeter::lastBatch(const Dataset& dataset) {
    makeBatch(dataset, m_split, m_places, nullptr, 0, m_images.data());
    return {m_images.data(), dataset.info().imageShape.withBatch(static_cast<std::int64_t>(m_places.size()))};
}

}  // namespace convolab
