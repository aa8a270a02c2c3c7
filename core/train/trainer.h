#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/train/training_loop.h"

namespace convolab {

enum class TrainerState { Idle, Preparing, Running, Paused, Done, Cancelled, Failed };

struct TrainerStatus {
    TrainerState state = TrainerState::Idle;
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    double epoch = 0.0;
    std::int64_t epochs = 0;
    double imagesPerSecond = 0.0;  ///< over the last second of training
    double secondsLeft = 0.0;
    std::optional<Error> error;    ///< when Failed
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
    /// as state Failed. `prepare` makes the data set on the trainer's thread, since loading can take seconds.
    void start(NetworkSpec spec, std::function<Result<DatasetPtr>()> prepare, Recipe recipe, bool paused = false,
               std::optional<Checkpoint> from = {}, WeightSetPtr initial = {});
    void pause();
    void resume();
    void stepOnce();  ///< one batch, then paused
    void stop();      ///< → Cancelled
    void setRate(double rate);
    void setMomentum(double momentum);
    void setWeightDecay(double weightDecay);

    TrainerStatus status() const;
    /// Rows that have arrived since the previous call; `runId` tells runs apart.
    struct Metrics {
        std::int64_t runId = 0;
        History rows;
    };
    Metrics takeMetrics();

    void requestWeights();            ///< published at the next step boundary, at most 10 times a second
    WeightSetPtr latestWeights() const;
    WeightSetPtr bestWeights() const;
    std::optional<Checkpoint> takeCheckpoint();  ///< written at pauses, ends and every few seconds; each given once

    /// Called on the trainer's thread whenever something new can be taken; keep it short (post an event).
    void setNotify(std::function<void()> notify);

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
