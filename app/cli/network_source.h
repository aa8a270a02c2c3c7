#pragma once

#include <optional>
#include <string>

#include "core/graph/network_spec.h"
#include "core/graph/presets.h"
#include "core/model/weights.h"
#include "core/train/recipe.h"

namespace convolab {

/// What MODEL on the command line stands for: a preset's name, a `.convolab` document or a `.json` spec.
struct NetworkSource {
    std::string name;                  ///< for file names: "lenet-like"
    NetworkSpec spec;
    std::optional<WeightSet> weights;  ///< the best weights of the document's newest trained run
    std::optional<Recipe> recipe;      ///< of the document
};

/// `options` change a preset's input and classes; for files they are refused.
Result<NetworkSource> openNetwork(const std::string& model, const PresetOptions& options = {});

/// "3,32,32" → 3×32×32; "784" → 784.
Result<Shape> parseShape(const std::string& text);

}  // namespace convolab
