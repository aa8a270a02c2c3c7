#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/data/batch_loader.h"
#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/model.h"
#include "core/train/history.h"
#include "core/train/recipe.h"

namespace convolab {

/// Everything needed to go on bit-exactly: weights, optimizer state, position, history length.
struct Checkpoint {
    WeightSet weights;
    std::vector<float> optimizerState;   ///< flat, layout private to the optimizer kind
    std::int64_t step = 0;
    BatchPosition position;
    double seconds = 0.0;
    double bestAccuracy = -1.0;
    std::int64_t bestStep = 0;
};

struct Evaluation {
    double loss = 0.0;
    double accuracy = 0.0;
    double top5 = 0.0;
    std::int64_t images = 0;
    std::vector<std::vector<std::int64_t>> confusion;  ///< [label][prediction]
};

/// One training run on the calling thread, a step at a time. The command line drives it directly, the Trainer from
/// its own thread; both get the same numbers. Not thread-safe.
class TrainingLoop {
  public:
    /// `dataset` must already fit the network's input (core/data `fitted`) and classes. `start` resumes.
    static Result<std::unique_ptr<TrainingLoop>> create(const NetworkSpec& spec, DatasetPtr dataset, const Recipe& recipe,
                                                        const Checkpoint* start = nullptr,
                                                        const WeightSet* initial = nullptr);
    ~TrainingLoop();

    std::int64_t totalSteps() const;
    std::int64_t stepsPerEpoch() const;
    std::int64_t step() const;
    bool finished() const;

    /// One batch: forward, backward, update; validates when due. Diverged (NaN or infinity): an error that names the
    /// step and the layer where it began; the weights of the last good checkpoint stay available.
    Status runStep();
    Status validateNow();  ///< appends to history().validation and .trainClean

    // Live surgery of the recipe, effective at the next step.
    void setRate(double rate);  ///< the schedule scales from there
    void setMomentum(double momentum);
    void setWeightDecay(double weightDecay);

    const History& history() const;
    const Recipe& recipe() const;
    Model& model();
    Checkpoint checkpoint() const;
    WeightSetPtr publish() const;        ///< a copy of the weights now
    WeightSetPtr bestWeights() const;    ///< by validation accuracy if keepBest, else the current ones
    std::int64_t bestStep() const;

  private:
    TrainingLoop();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Loss, accuracy, top-5 and confusion of weights on one split (at most `limit` images, 0 = all). `progress` gets a
/// share in [0, 1] and returns false to cancel.
Result<Evaluation> evaluate(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, Split split,
                            std::int64_t limit = 0, const std::function<bool(double)>& progress = {});

}  // namespace convolab
