#pragma once

#include <cstdint>
#include <string>
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

/// One row per validation of an adversarial training: accuracy on a fixed sample of held-out images (of training images
/// where none are held out) under plain FGSM and under PGD-10, in the norm and with the ε of the training. Images that
/// are wrong without an attack count as wrong.
struct RobustMetrics {
    std::int64_t step = 0;
    double epoch = 0.0;
    double fgsm = 0.0;
    double pgd = 0.0;
    std::int64_t images = 0;
    bool operator==(const RobustMetrics&) const = default;
};

/// Between two steps the run went on on another device.
struct DeviceMove {
    std::int64_t step = 0;   ///< made before
    double epoch = 0.0;
    std::string from, to;    ///< as TrainingDevice::id: "cpu", "cuda:0", "cuda:0 bf16"
    bool operator==(const DeviceMove&) const = default;
};
/// "CPU → CUDA", "CUDA 1 → 2 GPUs", "CUDA → CUDA bf16"
std::string moveText(const DeviceMove& move);

/// Everything measured in one run; append-only.
struct History {
    std::vector<StepMetrics> steps;
    std::vector<EvaluationMetrics> validation;
    std::vector<EvaluationMetrics> trainClean;  ///< the first 5,000 training images, evaluation mode
    std::vector<RobustMetrics> robust;          ///< adversarial training only

    std::vector<DeviceMove> moves;

    bool isEmpty() const { return steps.empty() && validation.empty() && trainClean.empty() && robust.empty() && moves.empty(); }
    void append(const History& later);
};

/// How much of each list of a history has been passed on.
struct HistoryMark {
    std::size_t steps = 0, validation = 0, trainClean = 0, robust = 0, moves = 0;
};
/// The rows behind `mark`, which then stands at the end.
History rowsSince(const History& history, HistoryMark& mark);

/// Rows of later steps go: they come again when a run goes on from that step.
void dropRowsAfter(std::int64_t step, History& history);

/// The robust row of that step, else the latest before it; null if there is none.
const RobustMetrics* robustAt(const History& history, std::int64_t step);

/// The warning sentence for catastrophic overfitting (Wong et al. 2020): since the best row before the last one, accuracy
/// under FGSM has risen while that under PGD has fallen by ten points or more. Empty otherwise.
std::string catastrophicOverfitting(const History& history);

}  // namespace convolab
