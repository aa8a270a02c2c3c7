#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/measure/laser.h"

namespace convolab {

/// A number that every layer has: a column of the table, a heat on the canvas. One file in metrics/ each.
struct LayerMetric {
    std::string id = {};       ///< "time", also the key in files
    std::string label = {};    ///< "Time"
    std::string help = {};     ///< one sentence
    std::string unit = {};     ///< SI base unit: "s", "J", "B"; empty for counts
    bool heat = false;    ///< offered as heat on the canvas
    bool perBatch = false;  ///< depends on the batch; the value is then per image
    bool modelled = false;  ///< drawn hatched
    /// Of layer `index` of card.work, at a batch; absent where the layer has none or it was not measured.
    std::function<std::optional<double>(const LaserCard& card, std::size_t index, std::int64_t batch)> value;
};

const std::vector<const LayerMetric*>& layerMetrics();  ///< in the order of the table's columns
const LayerMetric* findLayerMetric(const std::string& id);

}  // namespace convolab
