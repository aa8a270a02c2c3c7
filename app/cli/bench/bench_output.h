#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "app/cli/bench/comparison.h"
#include "app/cli/console.h"
#include "core/measure/growth.h"
#include "core/measure/machine_peak.h"
#include "core/measure/step_layers.h"

namespace convolab {

// What `bench` prints, and the same as JSON for its last object.

void printComparison(const Console& console, const std::vector<ComparisonRow>& rows, const ComparisonOptions& options);
nlohmann::ordered_json rowJson(const ComparisonRow& row);

/// One line for the eye while the others are still being measured: "8.67 ms, best / ours 1.78".
std::string rowText(const ComparisonRow& row);

/// Where the time of one training step goes, and which share of the computer's peak each layer reaches.
void printLayers(const Console& console, const std::string& network, const StepBreakdown& step, const MachinePeak& peak);
nlohmann::ordered_json layersJson(const std::string& network, const StepBreakdown& step, const MachinePeak& peak);

void printGrowth(const Console& console, const Growth& growth);
nlohmann::ordered_json growthJson(const Growth& growth);

}  // namespace convolab
