#include "app/preset_recipe.h"

#include <algorithm>

#include "core/data/targets.h"
#include "core/train/preset_recipe.h"
#include "core/util/check.h"

namespace convolab {

Recipe recipeForPreset(const std::string& name, const Recipe* current, const DatasetCache& datasets) {
    const auto found = std::find_if(presets().begin(), presets().end(), [&](const PresetInfo& each) { return each.name == name; });
    CONVOLAB_CHECK(found != presets().end(), "there is no preset " + name);
    const PresetInfo& preset = *found;
    if (const auto own = recipeOfPreset(name)) return *own;
    if (current == nullptr) return {};
    const DatasetPtr dataset = datasets.peek(current->dataset);
    const bool feeds = !dataset || (outputsOf(*dataset) == preset.classes && fitted(dataset, preset.input).ok());
    return feeds ? *current : Recipe{};
}

}  // namespace convolab
