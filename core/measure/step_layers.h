#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/inspect/predictions.h"
#include "core/measure/spread.h"
#include "core/model/model.h"

namespace convolab {

/// One layer, with those that run as part of it, in a training step. Medians in seconds per batch.
struct StepLayer {
    NodeId node = {};
    std::string name = {};
    std::string implementation = {};  ///< "brgconv:avx2", "lanes: 8 images side by side"
    double forward = 0.0, backward = 0.0;
    double flop = 0.0;  ///< FLOP of both for one batch: 2 · MACs each forward, for the weights, and for the input if wanted
    double seconds() const { return forward + backward; }
    double flops() const { return seconds() > 0.0 ? flop / seconds() : 0.0; }
};

/// Where the time of a training step goes.
struct StepBreakdown {
    std::int64_t batch = 1;
    double whole = 0.0;          ///< a step without clocks inside, the update by SGD with momentum included
    double loss = 0.0;
    double layoutChanges = 0.0;  ///< reorders between layers
    double update = 0.0;
    std::vector<StepLayer> layers = {};  ///< in execution order; those that only rename their input are left out
    double rest() const;                 ///< what the parts leave of the whole; at least 0
};

/// Trains `runs` ≥ 1 steps with and as many without clocks, alternating, after a warm-up. Cancelled: an error.
Result<StepBreakdown> measureStepLayers(const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress = {});

}  // namespace convolab
