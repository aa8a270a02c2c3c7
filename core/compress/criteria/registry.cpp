#include <algorithm>
#include <cmath>
#include <limits>

#include "core/compress/criterion.h"
#include "core/util/option_text.h"

namespace convolab {

PruningCriterion magnitudeCriterion();
PruningCriterion randomCriterion();

const std::vector<const PruningCriterion*>& pruningCriteria() {
    static const std::vector<PruningCriterion> criteria{magnitudeCriterion(), randomCriterion()};
    static const std::vector<const PruningCriterion*> all = [] {
        std::vector<const PruningCriterion*> pointers;
        for (const PruningCriterion& criterion : criteria) pointers.push_back(&criterion);
        return pointers;
    }();
    return all;
}

const PruningCriterion* findPruningCriterion(const std::string& id) {
    const auto& all = pruningCriteria();
    const auto found = std::ranges::find(all, id, [](const PruningCriterion* criterion) { return criterion->id; });
    return found == all.end() ? nullptr : *found;
}

Result<const PruningCriterion*> requirePruningCriterion(const std::string& id) {
    if (const PruningCriterion* criterion = findPruningCriterion(id)) return criterion;
    std::vector<std::string> known;
    for (const PruningCriterion* each : pruningCriteria()) known.push_back(each->id);
    return unknownWord("criterion", id, known);
}

std::vector<double> scoresOf(const PruningCriterion& criterion, const GroupedWeights& weights) {
    std::vector<double> scores(static_cast<std::size_t>(weights.groups()));
    criterion.score(weights, scores);
    for (double& score : scores) {
        if (std::isnan(score)) score = std::numeric_limits<double>::infinity();
    }
    return scores;
}

}  // namespace convolab
