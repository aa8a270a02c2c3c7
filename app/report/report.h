#pragma once

#include <string>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/train/history.h"
#include "core/train/recipe.h"
#include "core/train/training_loop.h"

namespace convolab {

struct ReportInput {
    const std::string& name;
    const NetworkSpec& spec;
    const WeightSet& weights;
    const Recipe& recipe;
    const History& history;
    const Evaluation& validation;
    const Evaluation& test;
    const Dataset& dataset;
    std::string device;
    std::string command;  ///< repeats the run
    std::string date;     ///< ISO 8601
    double seconds = 0.0;
    double imagesPerSecond = 0.0;
    std::int64_t bestStep = 0;  ///< of these weights
};

/// One self-contained HTML page (no script, no network): key numbers, loss and accuracy curves, the layers,
/// the first layer's kernels, the confusion matrix, the recipe. Follows the reader's light or dark
/// preference.
std::string htmlReport(const ReportInput& input);

/// One row per step; validation and clean columns are filled where they were measured; of an adversarial training also
/// accuracy under FGSM and PGD. A regression has root mean squared errors in place of accuracies. RFC 4180.
std::string historyCsv(const History& history, bool regression = false);

}  // namespace convolab
