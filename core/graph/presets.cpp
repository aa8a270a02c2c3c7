#include "core/graph/presets.h"

#include <algorithm>

#include "core/graph/analysis.h"
#include "core/graph/layout.h"
#include "core/graph/preset_file.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kLargestClassCount = 65536;

Error invalid(std::string message, std::string hint) {
    return Error{ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

Status checkOptions(const PresetInfo& preset, const PresetOptions& options) {
    if (options.classes && (*options.classes < 1 || *options.classes > kLargestClassCount)) {
        return invalid(withThousands(*options.classes) + " classes", "choose 1 to " + withThousands(kLargestClassCount));
    }
    if (options.width && preset.width == 0) {
        return invalid("the preset \"" + preset.name + "\" has no width", "leave it out, or use dense-n");
    }
    if (options.input) {
        const auto& extents = options.input->extents();
        const bool positive = std::all_of(extents.begin(), extents.end(), [](std::int64_t e) { return e > 0; });
        if ((extents.size() != 1 && extents.size() != 3) || !positive) {
            return invalid("the input shape \"" + options.input->text() + "\" is not usable",
                           "give one number of values, or channels, height and width, as in 1,28,28");
        }
    }
    return {};
}

}  // namespace

const std::vector<PresetInfo>& presets() {
    static const std::vector<PresetInfo> infos = [] {
        std::vector<PresetInfo> result;
        for (const EmbeddedPreset& preset : embeddedPresets()) result.push_back(readPresetInfo(preset));
        return result;
    }();
    return infos;
}

Result<NetworkSpec> makePreset(const std::string& name, const PresetOptions& options) {
    const auto& all = presets();
    const auto found = std::find_if(all.begin(), all.end(), [&](const PresetInfo& preset) { return preset.name == name; });
    if (found == all.end()) {
        std::vector<std::string> names;
        for (const PresetInfo& preset : all) names.push_back(preset.name);
        return Error{ErrorCode::NotFound, "there is no preset \"" + name + "\"", {},
                     "did you mean \"" + nearestWord(name, names) + "\"?"};
    }
    if (Status status = checkOptions(*found, options); !status) return status.error();

    const Shape input = options.input.value_or(found->input);
    const EmbeddedPreset& file = embeddedPresets()[static_cast<std::size_t>(found - all.begin())];
    auto spec = buildPreset(file, input, options.classes.value_or(found->classes), options.width.value_or(found->width));
    const Status complete = spec ? requireComplete(*spec, analyze(*spec)) : Status{spec.error()};
    if (!complete) {
        return invalid("the preset \"" + name + "\" cannot be built with input " + input.text() + ": " + complete.error().sentence(), "");
    }
    autoLayout(*spec);
    return spec;
}

}  // namespace convolab
