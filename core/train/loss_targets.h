#pragma once

#include "core/data/dataset.h"
#include "core/model/model.h"
#include "core/train/recipe.h"

namespace convolab {

/// The recipe's label smoothing and class weights for a data set: "balanced" counts its training images. An error if there
/// are more or fewer weights than classes.
Result<LossTargets> lossTargets(const Recipe& recipe, const Dataset& dataset);

}  // namespace convolab
