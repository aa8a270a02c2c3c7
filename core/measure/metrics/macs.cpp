#include "core/measure/metrics/metrics.h"

namespace convolab {

const LayerMetric& macsMetric() {
    static const LayerMetric metric{
        .id = "macs",
        .label = "MACs",
        .help = "Multiply–accumulates of convolutions and dense layers for one image; FLOP = 2 × MAC.",
        .unit = "",
        .heat = true,
        .value = [](const LaserCard& card, std::size_t index, std::int64_t) -> std::optional<double> {
            if (card.work[index].macs == 0) return std::nullopt;
            return static_cast<double>(card.work[index].macs);
        }};
    return metric;
}

}  // namespace convolab
