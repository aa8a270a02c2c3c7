#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "core/data/batch_loader.h"
#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/compile_model.h"
#include "core/model/model.h"
#include "core/train/history.h"
#include "core/train/loss_scaling.h"
#include "core/train/recipe.h"
#include "core/train/schedule.h"

namespace convolab {

class WeightConstraint;

/// What early stopping remembers of the validations.
struct StoppingMemory {
    double best = std::numeric_limits<double>::infinity();  ///< lowest loss
    std::int64_t waited = 0;                                ///< validations since then
    bool operator==(const StoppingMemory&) const = default;
};

/// Everything needed to go on bit-exactly: weights, optimizer state, position, history length.
struct Checkpoint {
    WeightSet weights;
    std::vector<float> optimizerState;   ///< flat, layout private to the optimizer kind
    std::int64_t step = 0;
    BatchPosition position;
    double seconds = 0.0;
    double bestAccuracy = -1.0;          ///< on the validation images; in adversarial training, of the sample under PGD
    std::int64_t bestStep = 0;
    std::vector<float> averaged;         ///< AveragedWeights::state(); empty without averaging
    PlateauMemory plateau;
    StoppingMemory stopping;
    std::optional<LossScaling> lossScaling;  ///< of a run that trains, or trained, in fp16
    WeightSetPtr best;                   ///< those of bestStep; null if there are none (yet) or keepBest is off
};

/// What a checkpoint shows to the world: the averaged weights where there are some, else those that are trained.
WeightSet shownWeights(const Checkpoint& checkpoint);

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
    /// `dataset` must already fit the network's input (core/data `fitted`) and classes. `start` resumes: given the same
    /// network, data and recipe, what follows is bit for bit what would have followed. `initial` are weights to begin
    /// with in place of fresh ones. `constraint` keeps the weights inside a set (pruned, shared, quantised); to resume, it
    /// must be the same. `rounded` activations: CompileOptions. `compile` decides on which device the network is trained.
    static Result<std::unique_ptr<TrainingLoop>> create(const NetworkSpec& spec, DatasetPtr dataset,
                                                        const Recipe& recipe, const Checkpoint* start = nullptr,
                                                        const WeightSet* initial = nullptr,
                                                        std::shared_ptr<const WeightConstraint> constraint = {},
                                                        const std::map<NodeId, RoundedActivation>& rounded = {},
                                                        const CompileModel& compile = Model::compile);
    ~TrainingLoop();

    std::int64_t totalSteps() const;
    std::int64_t stepsPerEpoch() const;
    std::int64_t step() const;
    bool finished() const;      ///< all steps are made, or early stopping has lost patience
    bool stoppedEarly() const;
    /// Of a run that trains, or trained, in fp16: whose steps without finite gradients change nothing, and are no divergence before
    /// there are 32 in a row. May throw DeviceLost.
    std::optional<LossScaling> lossScaling() const;

    /// One batch: forward, backward, update; validates when due. On a device that takes batches ahead, the step may still be computed
    /// when the call returns: its row, and that it diverged, comes with the next step or with settle(). Diverged (NaN or infinity): an error that names the
    /// step and the layer where it began; the loop then stands at its last good checkpoint (taken at the start and at
    /// every validation), from which checkpoint(), publish() and bestWeights() answer, and every further call repeats
    /// the error. So it is when the device fails (DeviceUnavailable).
    Status runStep();
    /// Waits for what is still computed; the history then has a row of every step. So do validations, moves, publish() and checkpoint()
    /// before they begin; they do not tell what has gone wrong, the next runStep() does.
    Status settle();
    /// Appends to history().validation and .trainClean (adversarial training: and .robust), unless that has been done at this step.
    Status validateNow();
    /// The next step runs on another device: its own model, with these weights; optimizer state, position, random numbers,
    /// schedule and history go on. An error (no memory there, no device) leaves the run where it was. With names, the move becomes a row of
    /// the history.
    Status moveTo(const CompileModel& compile, const std::string& from = {}, const std::string& to = {});

    // Live surgery of the recipe, effective at the next step. Values that are not finite or out of range are ignored.
    void setRate(double rate);  ///< the rate of the next step; the schedule scales from there
    void setMomentum(double momentum);  ///< Adam and AdamW: β₁
    void setWeightDecay(double weightDecay);
    /// The other live fields (withLiveFields): penalties, clipping, smoothing, class weights, early stopping, augmentation.
    /// A recipe that is not valid, or does not fit the data set, changes nothing.
    void takeOver(const Recipe& live);

    const History& history() const;
    const Recipe& recipe() const;  ///< with the live changes
    Model& model();
    Checkpoint checkpoint() const;
    WeightSetPtr publish() const;        ///< a copy of the weights now: the averaged ones if the recipe averages
    /// Weights to look at that hold up no step: those of now begin to come; false: the device cannot do that, publish() is the way.
    bool postWeights();
    /// Those that were posted, once they are here and the loss of their step is known to be finite; null before.
    WeightSetPtr takeWeights();
    WeightSetPtr bestWeights() const;    ///< by validation accuracy if keepBest, else the current ones
    std::int64_t bestStep() const;

  private:
    TrainingLoop();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// Adds one image, by the values before its softmax, to an evaluation with a square confusion; its mean values are sums
/// until finishEvaluation divides them.
void addToEvaluation(std::span<const float> logits, int label, Evaluation& sum);
void finishEvaluation(std::int64_t images, Evaluation& sum);

/// Cross-entropy, accuracy, top-5 and confusion of weights on one split (at most `limit` images, 0 = all), by a model
/// of its own. `dataset` must fit as above. `progress` gets a share in [0, 1] and returns false to cancel.
Result<Evaluation> evaluate(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, Split split,
                            std::int64_t limit = 0, const std::function<bool(double)>& progress = {});

}  // namespace convolab
