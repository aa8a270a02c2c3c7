#pragma once

#include "core/measure/experiment.h"

namespace convolab {

/// MACs, weights, modelled energy at batch 1 and 64 (weights in DRAM) and measured time at batch 1 of several networks, one
/// row each. The verdict is the caller's.
Result<ExperimentResult> compareCosts(const std::vector<NetworkSpec>& networks, const LaserProgress& progress);

// Columns of compareCosts.
inline constexpr std::size_t kCostMacs = 0, kCostWeights = 1, kCostEnergyOne = 2, kCostEnergyMany = 3, kCostTime = 4;

/// "4.3×"
std::string timesText(double factor);

}  // namespace convolab
