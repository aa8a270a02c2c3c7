#pragma once

#include "app/lenses/compress/plan_recipe.h"
#include "core/compress/plan.h"
#include "core/model/weights.h"

namespace convolab {

/// What lies over the network: a plan, the weights that were fine-tuned under its pruning, and how they came about.
struct PlanOverlay {
    CompressionPlan plan;
    WeightSetPtr tuned = {};  ///< null: the document's own weights are cut
    PlanSteps steps = {};     ///< from those to `tuned`; null: not tuned, or not on record
    bool operator==(const PlanOverlay&) const = default;
};

}  // namespace convolab
