#pragma once

#include "app/dataset_cache.h"
#include "core/graph/presets.h"
#include "core/train/recipe.h"

namespace convolab {

/// How the preset of this name is trained: by its own recipe where it brings one; else by `current`, of the document that is open, as
/// long as that one's data set can feed the network; else by the usual one. `current` may be null.
Recipe recipeForPreset(const std::string& name, const Recipe* current, const DatasetCache& datasets);

}  // namespace convolab
