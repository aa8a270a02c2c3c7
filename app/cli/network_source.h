#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "core/compress/quantization/document_quantization.h"
#include "core/compress/sharing/codebook.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/train/recipe.h"

namespace convolab {

/// What MODEL on the command line stands for: a preset's name, a `.convolab` document, a `.packed` file
/// or a `.json` spec.
struct NetworkSource {
    std::string name;  ///< for file names: "lenet-like"
    NetworkSpec spec;
    std::optional<WeightSet> weights;  ///< the best weights of the newest run that fit the network
    std::optional<Recipe> recipe;      ///< of the document
    Codebooks codebooks;               ///< of a packed file: which of its weights are shared
    std::optional<DocumentQuantization> quantization;  ///< of a quantised document
};

/// --input, --classes and --width as typed.
struct PresetChoice {
    std::string input;
    int classes = 0;
    int width = 0;

    bool any() const { return !input.empty() || classes > 0 || width > 0; }
    /// " --input 3,32,32 --classes 10": what was given, for a command line.
    std::string text() const;
};
void addPresetOptions(CLI::App& app, PresetChoice& choice);

/// `choice` changes a preset's input, classes and width; for files it is refused.
Result<NetworkSource> openNetwork(const std::string& model, const PresetChoice& choice = {});

/// The network with trained weights, else what to do about it; `model` is MODEL as typed, `data` the data set's name.
Status requireWeights(const NetworkSource& source, const std::string& model, const std::string& data);

/// "3,32,32" → 3×32×32; "784" → 784.
Result<Shape> parseShape(const std::string& text);

}  // namespace convolab
