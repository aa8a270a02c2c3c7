#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/data_options.h"
#include "app/cli/network_source.h"
#include "core/train/recipe.h"

namespace convolab {

/// The options of `train` as typed; `recipeFrom` turns them into a Recipe.
struct TrainOptions {
    std::string model;
    PresetChoice preset;
    DataOptions data;
    std::optional<std::int64_t> epochs, steps, batch, validationEvery, limit, sample;
    std::optional<std::int64_t> earlyStopping;
    std::optional<std::string> optimizer, schedule, loss, adversarial, init, classWeights, keep;
    std::vector<std::string> augment;
    std::optional<double> rate, weightDecay, momentum, l1, l2, clipNorm, clipValue, averaging, labelSmoothing;
    std::optional<std::uint64_t> seed;
    int threads = 0;
    std::string device = "cpu";
    std::optional<std::string> precision;  ///< of a GPU; a run that is resumed keeps its own
    std::string rangeTest;                 ///< the parts of a range test; may be empty where it is wanted
    const CLI::Option* rangeOption = nullptr;
    bool wantsRangeTest() const { return rangeOption != nullptr && rangeOption->count() > 0; }
    bool resume = false;
    std::string out = "convolab-out";
};

void addTrainOptions(CLI::App& app, TrainOptions& options);
/// The optimizers, schedules and augmentations with their parts and defaults, and the columns of history.csv.
std::string trainHelp();

/// `base` (a document's recipe, or the defaults) with everything that was given; validated.
Result<Recipe> recipeFrom(const TrainOptions& options, Recipe base);

/// The command line that repeats a run; `model` is MODEL as typed.
std::string trainCommandText(const std::string& model, const Recipe& recipe);
/// Quoted for a shell where it needs to be.
std::string shellWord(const std::string& word);

}  // namespace convolab
