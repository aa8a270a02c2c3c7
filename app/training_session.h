#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <map>
#include <memory>
#include <optional>

#include "app/dataset_cache.h"
#include "app/devices.h"
#include "app/lab_document.h"
#include "core/train/trainer.h"

namespace convolab {

/// The bridge between the trainer's thread and the window: starts runs from the document, drains metrics at display
/// rate (asleep when nothing changes), writes them into the document, and watches edits: a structural edit pauses the
/// training and offers to go on with the weights of every layer whose shapes stayed the same. UI thread only.
class TrainingSession : public QObject {
    Q_OBJECT

  public:
    TrainingSession(LabDocument& document, std::shared_ptr<DatasetCache> datasets, QObject* parent = nullptr);
    ~TrainingSession() override;

    // Transport. Each does nothing in a state where it makes no sense (see can…).
    void play();       ///< start, resume, or go on after surgery with the kept weights
    void pause();
    void stepOnce();   ///< one batch
    void restart();    ///< a new run from fresh weights; runs if it was running
    /// Pauses, waits at most two seconds for the batch in hand, and writes rows and checkpoint into the document.
    void settle();

    bool canPlay(QString* reason = nullptr) const;  ///< false with the reason: an error in the network, no data set
    bool isRunning() const;
    bool hasRun() const { return m_started; }
    TrainerStatus status() const;  ///< of this document's run; Idle before one starts, or after it was read from the file
    const History& history() const { return m_history; }
    double plannedEpochs() const;
    std::int64_t trainImages() const;

    /// After a structural edit: training stands still until play() (keep weights) or restart().
    bool structureChanged() const { return m_structureChanged; }
    /// What of the weights a resume would keep: "6 of 10 layers with weights keep them".
    QString keptWeightsText() const;

    /// The recipe differs from that of the run in something that a running training cannot take over.
    bool recipeWaitsForRestart() const;

    QString tierText(NodeId node) const;  ///< "oneDNN, jit:avx512_core" while the run has this layer; else empty

    /// A run with its weights, as a command that changes weights puts it aside and brings it back.
    struct RunState {
        NetworkSpec spec;          ///< as it was trained
        Recipe recipe;
        History history;
        std::optional<Checkpoint> checkpoint;  ///< absent: see `run` in the file, or nothing was trained
        WeightSetPtr best;
        std::int64_t run = 0;      ///< in the document's file; 0: in none
        bool started = false;
        bool done = false;
        bool made = false;         ///< by newState: a training goes on from its weights
        bool keepsZeros = false;   ///< a training that goes on leaves weights of 0 at 0: they were pruned
        std::string device = {};   ///< runName of the one on which it began
    };
    RunState runState();           ///< settles first
    /// A state in which these weights end a run of its own, which is written into the file under `title`. The history is
    /// that of the present run.
    RunState newState(const NetworkSpec& spec, const WeightSetPtr& weights, const std::string& title, bool keepsZeros);
    /// Makes it the present run; whoever calls shows `state.spec` in the document next. Not while a training runs.
    void adopt(RunState state);
    bool keepsZeros() const { return m_keepsZeros; }

    WeightSetPtr weights() const;      ///< newest published; null before the first run
    WeightSetPtr bestWeights() const;  ///< by validation accuracy; null before the first run
    void requestWeights() { m_trainer.requestWeights(); }

    // Live: effective at the next step of a running training, and kept in the recipe.
    void setRate(double rate);
    void setMomentum(double momentum);
    void setWeightDecay(double weightDecay);

    // Where it trains; the processor, until somebody chooses.
    const Device& device() const { return m_device; }
    /// A running training moves there between two steps and goes on: the same weights, optimizer state, position and random
    /// numbers. If it cannot, it goes on where it was, device() is that one again, and moveProblem() says why.
    void setDevice(const Device& device);
    /// The document's choice, kept in its file: in which a GPU trains. A device that does not have it trains in float32. A running
    /// training moves, as to another device.
    ConvolabGpuPrecision precision() const { return m_precision; }
    void setPrecision(ConvolabGpuPrecision precision);
    const std::optional<Error>& moveProblem() const { return m_moveProblem; }
    void forgetMoveProblem();
    bool deviceLost() const;       ///< the run ended because its device failed or had no room for it
    void goOnOnCpu();              ///< then: from the last weights that were kept

    DatasetCache& datasets() { return *m_datasets; }
    const std::optional<Error>& datasetError() const { return m_datasetError; }  ///< why the recipe's data set did not open

  signals:
    void changed();          ///< state, counters or structureChanged
    void metricsArrived();
    void weightsArrived();
    void runStarted();
    void runRecorded();      ///< its end or pause is in the file

  private:
    void drain();
    void begin(bool paused);
    void startRun(bool paused, WeightSetPtr initial, std::optional<Checkpoint> from);
    void onSpecChanged();
    void onOpened();
    void restoreLastRun();
    void rememberCurrentRun();
    void recordState();
    void takeRows();
    void takeCheckpoints();
    void keepCheckpoint(std::optional<Checkpoint> checkpoint);
    void ensureDataset();
    void onRecipeChanged();
    void followMove();
    void useDevice(const Device& device);
    void restorePrecision();
    void noteWhereItGoesOn(std::int64_t step);

    LabDocument& m_document;
    std::shared_ptr<DatasetCache> m_datasets;
    Trainer m_trainer;
    QTimer m_drainTimer;
    std::atomic<bool> m_notified = false;
    History m_history;
    NetworkSpec m_trainedSpec;
    Recipe m_trainedRecipe;
    Recipe m_liveRecipe;  ///< what the trainer has been told last
    std::optional<Checkpoint> m_lastCheckpoint;
    mutable WeightSetPtr m_checkpointWeights;  ///< a copy of its weights once somebody asks for them
    mutable WeightSetPtr m_restoredBest;       ///< the best ones of a restored run, once somebody asks for them
    WeightSetPtr m_seenWeights;
    std::int64_t m_run = 0;         ///< in the document's file
    std::int64_t m_trainerRun = 0;  ///< the trainer's own number for it
    std::map<std::int64_t, std::int64_t> m_fileRuns;  ///< trainer's number → file's
    TrainerState m_lastState = TrainerState::Idle;
    bool m_started = false;
    bool m_restored = false;      ///< the run was read from the file and has not gone on yet
    bool m_restoredDone = false;  ///< … and had reached its end
    bool m_adopted = false;       ///< … by a command that set its weights: a training goes on from them
    bool m_keepsZeros = false;
    Device m_device = devices().front();
    Device m_trainsOn = m_device;  ///< the latest run
    std::map<std::string, Device> m_chosen;  ///< by runName
    ConvolabGpuPrecision m_precision = kGpuFloat32;
    bool m_moving = false;
    std::optional<Error> m_moveProblem;
    std::string m_beganOn;  ///< runName of the device on which the run began; its history tells where it went
    std::optional<Error> m_datasetError;
    bool m_structureChanged = false;
};

/// True if the two networks compute the same thing: positions, names and folding aside.
bool sameStructure(const NetworkSpec& a, const NetworkSpec& b);

}  // namespace convolab
