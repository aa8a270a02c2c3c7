#include <algorithm>

#include "core/measure/metrics/metrics.h"

namespace convolab {

const std::vector<const LayerMetric*>& layerMetrics() {
    static const std::vector<const LayerMetric*> metrics{&parametersMetric(), &macsMetric(), &movedMetric(), &timeMetric(),
                                                         &energyMetric()};
    return metrics;
}

const LayerMetric* findLayerMetric(const std::string& id) {
    const auto& all = layerMetrics();
    const auto found = std::find_if(all.begin(), all.end(), [&](const LayerMetric* metric) { return metric->id == id; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace convolab
