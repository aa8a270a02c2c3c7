#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/util/result.h"

namespace convolab {

/// One layer's weight tensor, cut into groups of `groupSize` neighbouring floats: single weights, kernels or filters.
struct GroupedWeights {
    NodeId layer;
    std::span<const float> weights;
    std::int64_t groupSize = 1;
    std::uint64_t seed = 0;

    std::int64_t groups() const { return static_cast<std::int64_t>(weights.size()) / groupSize; }
    std::span<const float> group(std::int64_t index) const {
        return weights.subspan(static_cast<std::size_t>(index * groupSize), static_cast<std::size_t>(groupSize));
    }
};

/// How much each group matters: those with the lowest scores are pruned first. A file in criteria/.
struct PruningCriterion {
    std::string id, label, help;
    /// Writes one score, at least 0, for each group. A function of its arguments only: no state, any thread.
    std::function<void(const GroupedWeights&, std::span<double> scores)> score;
};
const std::vector<const PruningCriterion*>& pruningCriteria();
const PruningCriterion* findPruningCriterion(const std::string& id);
/// An unknown id is an error that names the nearest one.
Result<const PruningCriterion*> requirePruningCriterion(const std::string& id);

/// The scores of all groups; those of weights that are not numbers are infinite, so that they stay.
std::vector<double> scoresOf(const PruningCriterion& criterion, const GroupedWeights& weights);

}  // namespace convolab
