#pragma once

#include "core/data/targets.h"
#include "core/graph/analysis.h"
#include "core/train/recipe.h"

namespace convolab {

/// Whether the recipe's loss can be trained on this data set; else which one can.
Status requireLossFits(const Recipe& recipe, const Dataset& dataset);
/// The outputs are those of a step, 0 or 1: their mean squared error is the zero–one loss.
bool hasStepOutput(const NetworkSpec& spec);

}  // namespace convolab
