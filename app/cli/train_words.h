#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/console.h"
#include "core/data/dataset.h"
#include "core/train/history.h"

namespace convolab {

// What `convolab train` says while it runs, in words and as JSON.

/// What is measured on a split: of a regression its error in place of the accuracy.
template <class Measured>
nlohmann::ordered_json measuredJson(const Measured& measured, bool regression) {
    nlohmann::ordered_json json = {{"loss", measured.loss}};
    if (regression) json["rmse"] = std::sqrt(measured.loss);
    else json["accuracy"] = measured.accuracy;
    json["images"] = measured.images;
    return json;
}

void sayValidation(const Console& console, const EvaluationMetrics& row, const Dataset& dataset);
void sayRobustness(const Console& console, const RobustMetrics& row);
/// "epoch 1.2  loss 0.0312  validation 98.9 %", beside the progress bar.
std::string progressText(const History& history, const Dataset& dataset);

}  // namespace convolab
