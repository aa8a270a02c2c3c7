#pragma once

#include <cstdint>
#include <vector>

namespace convolab {

/// One row per training step: "train, running" (batch mean, dropout on).
struct StepMetrics {
    std::int64_t step = 0;   ///< 1-based: after this many steps
    double epoch = 0.0;      ///< passes over the data so far, fractional
    double loss = 0.0;
    double accuracy = 0.0;   ///< of this batch
    double rate = 0.0;
    double seconds = 0.0;    ///< training time since the start of the run, pauses and validations left out
    std::int64_t images = 0; ///< in this batch
};

/// One row per evaluation on held-out or clean images, evaluation mode.
struct EvaluationMetrics {
    std::int64_t step = 0;
    double epoch = 0.0;
    double loss = 0.0;
    double accuracy = 0.0;
    std::int64_t images = 0;
};

/// Everything measured in one run; append-only.
struct History {
    std::vector<StepMetrics> steps;
    std::vector<EvaluationMetrics> validation;
    std::vector<EvaluationMetrics> trainClean;  ///< the first 5,000 training images, evaluation mode
};

}  // namespace convolab
