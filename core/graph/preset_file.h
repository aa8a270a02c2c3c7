#pragma once

#include <string>
#include <string_view>

#include "core/graph/presets.h"

namespace convolab {

// assets/networks/NAME.json: a network as a readable list of layers and blocks; assets/networks/README.md has the form.
// The files are part of the program, so a broken one is a broken invariant (a test reads them all).

struct EmbeddedPreset {
    std::string_view name;
    std::string_view json;
};
/// In the order of core/graph/presets.cmake, which generates it.
const std::vector<EmbeddedPreset>& embeddedPresets();

/// Everything of a preset but its layers.
PresetInfo readPresetInfo(const EmbeddedPreset& preset);
/// The layers, unlaid and unchecked: what does not fit is left to analyze. A parameter of a block that is out of range
/// is an error.
Result<NetworkSpec> buildPreset(const EmbeddedPreset& preset, const Shape& input, int classes, int width);

}  // namespace convolab
