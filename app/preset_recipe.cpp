#include "app/preset_recipe.h"

#include <algorithm>

#include "core/util/check.h"

namespace convolab {

Recipe recipeForPreset(const std::string& name, const Recipe* current, const DatasetCache& datasets) {
    const auto found = std::find_if(presets().begin(), presets().end(), [&](const PresetInfo& each) { return each.name == name; });
    CONVOLAB_CHECK(found != presets().end(), "there is no preset " + name);
    const PresetInfo& preset = *found;
    if (!preset.training.empty()) {
        const Result<Recipe> own = recipeFromJson(preset.training);
        CONVOLAB_CHECK(own.ok(), "the training of the preset " + preset.name + ": " + (own ? std::string{} : own.error().sentence()));
        return *own;
    }
    if (current == nullptr) return {};
    const DatasetPtr dataset = datasets.peek(current->dataset);
    const bool feeds = !dataset || (dataset->classes() == preset.classes && fitted(dataset, preset.input).ok());
    return feeds ? *current : Recipe{};
}

}  // namespace convolab
