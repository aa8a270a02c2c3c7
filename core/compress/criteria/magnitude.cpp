#include <cmath>

#include "core/compress/criterion.h"

namespace convolab {

namespace {

void score(const GroupedWeights& layer, std::span<double> scores) {
    for (std::size_t g = 0; g < scores.size(); ++g) {
        double sum = 0.0;
        for (const float weight : layer.group(static_cast<std::int64_t>(g))) sum += std::abs(static_cast<double>(weight));
        scores[g] = sum;
    }
}

}  // namespace

/// Σ |w| of the group, its L1 norm: for single weights |w| (Han et al., "Learning both weights and connections for
/// efficient neural networks", 2015), for filters as in Li et al., "Pruning filters for efficient ConvNets", 2017.
PruningCriterion magnitudeCriterion() {
    return {.id = "magnitude",
            .label = "Magnitude",
            .help = "The groups with the smallest sum of |w| go first: what is small changes the output little.",
            .score = score};
}

}  // namespace convolab
