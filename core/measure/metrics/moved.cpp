#include "core/measure/metrics/metrics.h"

#include <algorithm>

namespace convolab {

const LayerMetric& movedMetric() {
    static const LayerMetric metric{
        .id = "moved",
        .label = "Data moved",
        .help = "Bytes per image: inputs, outputs and the weights, which a whole batch reads once.",
        .unit = "B",
        .heat = true,
        .perBatch = true,
        .value = [](const LaserCard& card, std::size_t index, std::int64_t batch) -> std::optional<double> {
            const std::int64_t images = std::max<std::int64_t>(1, batch);
            return static_cast<double>(card.work[index].bytesMoved(images)) / static_cast<double>(images);
        }};
    return metric;
}

}  // namespace convolab
