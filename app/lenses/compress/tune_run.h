#pragma once

#include <functional>

#include "app/lenses/compress/plan_meter.h"
#include "core/train/recipe.h"

namespace convolab {

/// What a fine-tuning starts from and how it goes on.
struct TuneRequest {
    LaidPlanPtr laid;
    DatasetPtr dataset;     ///< fits the network
    Recipe recipe;          ///< epochs, batch, rate of each of its trainings
    bool gradual = false;   ///< the sparsity rises during a training of its own, before anything is rounded
};

/// One check on the validation images.
struct TuneRow {
    double epoch = 0.0, accuracy = 0.0, sparsity = 0.0;
};

struct TuneOutcome {
    WeightSetPtr weights;   ///< the best ones: pruned ones 0, shared ones equal, rounded ones on their grids
    std::int64_t steps = 0;
};

/// Called on the thread of the run. Progress gets a share in [0, 1] and returns false to cancel.
struct TuneWatch {
    std::function<bool(double)> progress;
    std::function<void(const TuneRow&)> row;
};

/// Trainings that it will take, each of the recipe's epochs.
int tuneTrainings(const CompressionPlan& plan, bool gradual);

/// Trains a network under its plan on the calling thread: straight-through for uniform grids, of weights and where the plan
/// says so of activations; the centroids of codebooks; masks inside both. Starting weights count among the best.
Result<TuneOutcome> runTuning(const TuneRequest& request, CalibrationCache& calibration, const TuneWatch& watch);

}  // namespace convolab
