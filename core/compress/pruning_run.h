#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/compress/masks.h"
#include "core/train/training_loop.h"

namespace convolab {

enum class PruningSchedule {
    OneShot,  ///< the whole sparsity at once, then fine-tuning
    Gradual,  ///< rising by Zhu and Gupta's cubic, then recovery
};

/// What to prune, how fast, and the training that goes with it.
struct PruningSettings {
    CompressionPlan plan;                ///< the sparsities to end with
    PruningSchedule schedule = PruningSchedule::OneShot;
    // Gradual only.
    double initialSparsity = 0.0;        ///< of each layer at step 0 (at most what it ends with), in [0, 1)
    std::int64_t pruneEvery = 0;         ///< steps between two prunings; 0: a twentieth of an epoch
    double rampShare = 2.0 / 3.0;        ///< the share of all steps after which the last pruning is done; in (0, 1)
    /// Epochs, batch, optimizer, rate, seed. keepBest is this run's own affair: only weights of the final sparsity count.
    Recipe recipe;
};

Status validatePruning(const PruningSettings& settings, const NetworkSpec& spec);

/// The share of the final sparsity at a step of the ramp, s(t) = s_f + (s_i − s_f) · (1 − t / n)³ (Zhu and Gupta, "To prune,
/// or not to prune", 2017, equation 1); s_f from step n on.
double gradualSparsity(double initial, double final, std::int64_t step, std::int64_t rampSteps);

/// One row per validation.
struct PruningRow {
    std::int64_t step = 0;
    double epoch = 0.0;
    double sparsity = 0.0;  ///< of all weight tensors together, during that validation
    double loss = 0.0;
    double accuracy = 0.0;  ///< on the validation images
    std::int64_t images = 0;
};

/// Everything needed to go on bit-exactly.
struct PruningCheckpoint {
    Checkpoint training;
    Masks masks;
    std::vector<PruningRow> rows;
    double bestAccuracy = -1.0;
    WeightSetPtr best;  ///< of the final sparsity; null if there are none yet
};

/// Prunes a trained network and trains on, a step at a time, on the calling thread; a window drives it from a thread of its
/// own, stops it between two steps and takes rows and weights out there. Not thread-safe.
class PruningRun {
  public:
    /// `dataset` must fit the network (core/data `fitted`); `weights` are the trained ones. `start` resumes: with the same
    /// network, data and settings, what follows is bit for bit what would have followed. The first row, of step 0, is the
    /// network as it is pruned first, before any training.
    static Result<std::unique_ptr<PruningRun>> create(const NetworkSpec& spec, DatasetPtr dataset, const WeightSet& weights,
                                                      const PruningSettings& settings, const PruningCheckpoint* start = nullptr);
    ~PruningRun();

    std::int64_t step() const;
    std::int64_t totalSteps() const;
    std::int64_t rampSteps() const;  ///< when the last pruning is done; 0: one-shot
    bool finished() const;
    double sparsity() const;         ///< now, of all weight tensors together

    /// One batch; prunes again or validates when due. Diverged: as TrainingLoop::runStep.
    Status runStep();

    const std::vector<PruningRow>& rows() const;
    const History& history() const;     ///< of the training
    const MasksPtr& masks() const;      ///< now; a new object with each pruning
    WeightSetPtr publish() const;       ///< now, masked
    /// By validation accuracy among those of the final sparsity; null before that is reached.
    WeightSetPtr bestWeights() const;
    double bestAccuracy() const;
    PruningCheckpoint checkpoint() const;

  private:
    PruningRun();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
