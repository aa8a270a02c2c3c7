#include "core/measure/metrics/metrics.h"

namespace convolab {

const LayerMetric& parametersMetric() {
    static const LayerMetric metric{
        .id = "parameters",
        .label = "Parameters",
        .help = "Trained numbers, those of the layers that run as part of it included.",
        .unit = "",
        .value = [](const LaserCard& card, std::size_t index, std::int64_t) -> std::optional<double> {
            if (card.work[index].parameters == 0) return std::nullopt;
            return static_cast<double>(card.work[index].parameters);
        }};
    return metric;
}

}  // namespace convolab
