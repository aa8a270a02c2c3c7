#include "core/train/preset_recipe.h"

#include <algorithm>

#include "core/graph/presets.h"
#include "core/util/check.h"

namespace convolab {

std::optional<Recipe> recipeOfPreset(const std::string& name) {
    const auto found = std::find_if(presets().begin(), presets().end(), [&](const PresetInfo& each) { return each.name == name; });
    if (found == presets().end() || found->training.empty()) return {};
    const Result<Recipe> own = recipeFromJson(found->training);
    CONVOLAB_CHECK(own.ok(), "the training of the preset " + name + ": " + (own.ok() ? std::string{} : own.error().sentence()));
    return *own;
}

}  // namespace convolab
