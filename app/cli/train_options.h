#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "app/cli/data_options.h"
#include "core/train/recipe.h"

namespace convolab {

/// The options of `train` as typed; `recipeFrom` turns them into a Recipe.
struct TrainOptions {
    std::string model;
    DataOptions data;
    std::optional<std::int64_t> epochs, steps, batch, validationEvery, limit, sample;
    std::optional<std::string> optimizer, schedule, loss;
    std::optional<double> rate, weightDecay, momentum;
    std::optional<std::uint64_t> seed;
    std::string input;
    int classes = 0;
    int width = 0;
    int threads = 0;
    std::string device = "cpu";
    bool resume = false;
    std::string out = "convolab-out";
};

void addTrainOptions(CLI::App& app, TrainOptions& options);

/// `base` (a document's recipe, or the defaults) with everything that was given; validated.
Result<Recipe> recipeFrom(const TrainOptions& options, Recipe base);

}  // namespace convolab
