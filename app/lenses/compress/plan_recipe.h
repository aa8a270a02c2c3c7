#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/compress/compression_recipe.h"
#include "core/model/weights.h"

namespace convolab {

/// How fine-tuned weights came about: the steps from the document's weights to them. Null: nobody knows any more, as with
/// points that an older version has tried.
using PlanSteps = std::shared_ptr<const std::vector<CompressionStep>>;

/// What lies over the network, as it came about.
struct PlanStory {
    CompressionPlan plan;
    bool tuned = false;  ///< fine-tuned weights lie under it
    PlanSteps steps = {};
    std::string coder = "huffman";
    std::string name = {};  ///< of the recipe
};

/// Its steps with those of a fine-tuning behind them: the pruning, gradually or at once, in a training of its own where
/// nothing is rounded or where it is gradual; then sharing or quantising, and a training inside that. Null where `now` is not on
/// record, or no recipe could say it (pruned again after sharing).
PlanSteps stepsOfTuning(const PlanStory& now, const Recipe& training, bool gradual);

/// A recipe that makes the same of the document's weights. A sentence where there is none: nothing planned, the fine-tuning
/// is not on record, layers that were shared and are not any more.
Result<CompressionRecipe> recipeOf(const PlanStory& story);

/// The plan that a recipe ends with: sparsities of its prunings, bits of its last sharing or quantisation.
CompressionPlan planOf(const CompressionRecipe& recipe);

/// Its weights are trained on the way: they are others than the plan alone would give.
bool trains(const CompressionRecipe& recipe);

}  // namespace convolab
