#pragma once

#include <optional>
#include <string>

#include "core/train/recipe.h"

namespace convolab {

/// The training that the preset of this name brings along, on the data that it is meant for; nothing where the usual one is
/// meant, and for names of no preset.
std::optional<Recipe> recipeOfPreset(const std::string& name);

}  // namespace convolab
