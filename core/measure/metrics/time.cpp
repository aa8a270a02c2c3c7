#include "core/measure/metrics/metrics.h"

namespace convolab {

const LayerMetric& timeMetric() {
    static const LayerMetric metric{
        .id = "time",
        .label = "Time",
        .help = "Measured: the median of the layer's own time, per image.",
        .unit = "s",
        .heat = true,
        .perBatch = true,
        .value = [](const LaserCard& card, std::size_t index, std::int64_t batch) -> std::optional<double> {
            const BatchLatency* latency = card.latency.find(batch);
            const LayerTime* time = latency == nullptr ? nullptr : latency->find(card.work[index].node);
            if (time == nullptr) return std::nullopt;
            return time->seconds.median / static_cast<double>(batch);
        }};
    return metric;
}

}  // namespace convolab
