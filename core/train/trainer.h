#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/train/training_loop.h"

namespace convolab {

enum class TrainerState { Idle, Preparing, Running, Paused, Done, Cancelled, Failed };

struct TrainerStatus {
    TrainerState state = TrainerState::Idle;
    std::int64_t runId = 0;        ///< of the latest start(); 0 before the first
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    double epoch = 0.0;
    std::int64_t epochs = 0;
    double imagesPerSecond = 0.0;  ///< over the last second of training
    double secondsLeft = 0.0;      ///< with validations, from the pace of this run so far
    bool stoppedEarly = false;     ///< when Done: the validation loss had not fallen for too long
    std::string device;            ///< the id of the one that trains
    bool moving = false;           ///< moveTo() has been asked for and is not done yet
    std::optional<Error> moveProblem;  ///< why the latest moveTo() did not happen; the run goes on where it was
    std::optional<Error> error;    ///< when Failed
    std::optional<LossScaling> lossScaling;  ///< of a run that trains, or trained, in fp16; as of its latest checkpoint
};

/// Where a run computes.
struct TrainingDevice {
    std::string id = "cpu";        ///< as people know it: "cpu", "cuda:0"
    CompileModel compile = Model::compile;
};

/// A TrainingLoop on a std::jthread. Three channels: commands in (drained between batches; a newer one with the same
/// tag replaces the older), metrics out (append-only, never dropped), snapshots out (latest wins, only on request).
/// All public functions are thread-safe and return at once; stop() is honoured within one batch. While paused the
/// thread sleeps. Knows nothing of Qt.
class Trainer {
  public:
    Trainer();
    ~Trainer();  ///< stops and joins

    /// Ends a running one first. Compiling happens on the trainer's thread (state Preparing); what is wrong comes back
    /// as state Failed. `prepare` makes the data set on the trainer's thread, since loading can take seconds; the
    /// trainer fits it to the network's input. Returns the run's number, counted from 1.
    std::int64_t start(NetworkSpec spec, std::function<Result<DatasetPtr>()> prepare, Recipe recipe,
                       bool paused = false, std::optional<Checkpoint> from = {}, WeightSetPtr initial = {},
                       std::shared_ptr<const WeightConstraint> constraint = {},
                       std::map<NodeId, RoundedActivation> rounded = {}, TrainingDevice device = {});
    // Without effect when nothing is running. A pause, stop or step asked for while preparing waits for its end.
    void pause();
    void resume();
    void stepOnce();  ///< one batch, then paused; asked for twice while paused, two batches
    void stop();      ///< → Cancelled
    void setRate(double rate);
    void setMomentum(double momentum);
    void setWeightDecay(double weightDecay);
    void takeOver(const Recipe& live);  ///< TrainingLoop::takeOver
    void moveTo(TrainingDevice device);  ///< from the next step on: TrainingLoop::moveTo

    TrainerStatus status() const;
    Recipe currentRecipe() const;  ///< of the latest run, with the live changes that have been applied
    /// Rows of one run that have arrived since the previous call.
    struct Metrics {
        std::int64_t runId = 0;
        History rows;
        bool more = false;  ///< rows of a later run wait: call again
    };
    Metrics takeMetrics();

    std::vector<LayerPlan> plan() const;  ///< on which tier each layer of the current run computes; empty before it is compiled

    void requestWeights();            ///< published at the next step boundary, at most 10 times a second
    WeightSetPtr latestWeights() const;  ///< also published at pauses and ends
    WeightSetPtr bestWeights() const;    ///< by validation accuracy if the recipe keeps the best, else the latest
    /// Written at pauses, ends and every ten seconds; each given once, a newer one of the same run replaces it.
    std::optional<Checkpoint> takeCheckpoint(std::int64_t* runId = nullptr);

    /// Called on the trainer's thread when something new can be taken (once, until it has been taken) or the state has
    /// changed; keep it short (post an event) and do not call setNotify from it. After setNotify returns, the previous
    /// function is not called any more.
    void setNotify(std::function<void()> notify);

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
