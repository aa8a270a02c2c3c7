#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <memory>
#include <optional>

#include "app/lenses/attack/robustness_session.h"
#include "core/train/trainer.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

class LabDocument;
struct ImageDesk;
class TrainingSession;

/// Adversarial training of a copy of the open network, by a trainer of its own: the document, its weights and its training
/// stay as they are. Begins with the network's weights where it has been trained, else with fresh ones. Another document
/// ends it. UI thread only.
class DefenceSession : public QObject {
    Q_OBJECT

  public:
    DefenceSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, QObject* parent = nullptr);
    ~DefenceSession() override;

    bool canTrain(QString* reason = nullptr) const;
    void train(const AdversarialSpec& adversarial, std::int64_t epochs);
    void pause() { m_trainer.pause(); }
    void resume() { m_trainer.resume(); }
    void stop() { m_trainer.stop(); }  ///< what was learned so far is kept
    void discard();                    ///< no copy any more

    bool hasRun() const { return m_started; }
    bool isRunning() const;
    TrainerStatus status() const;      ///< Idle where there is no copy
    const History& history() const { return m_history; }
    const Recipe& recipe() const { return m_recipe; }
    const NetworkSpec& network() const { return m_network; }
    /// The most robust ones so far (by PGD on held-out images), else the newest; null before the first validation.
    WeightSetPtr weights() const { return m_weights; }
    bool beganTrained() const { return m_beganTrained; }  ///< not with fresh weights
    std::string warning() const;       ///< FGSM rises while PGD falls; else empty
    bool documentTrains() const;       ///< both share the processor
    /// The copy for a curve; nothing while there are no weights.
    std::optional<RobustnessSubject> subject() const;

    /// Writes the copy as a new document without a name: its network, its recipe, and one run with history and weights.
    /// Returns the file. Not while it runs.
    Result<QString> writeDocument();

  signals:
    void changed();         ///< state, counters, history
    void weightsChanged();

  private:
    void drain();

    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    Trainer m_trainer;
    QTimer m_drainTimer;
    std::atomic<bool> m_notified = false;
    std::int64_t m_run = 0;
    NetworkSpec m_network;
    Recipe m_recipe;
    History m_history;
    std::optional<Checkpoint> m_checkpoint;
    WeightSetPtr m_weights;
    bool m_started = false, m_beganTrained = false;
    bool m_shared = false;  ///< documentTrains() as it was told last
};

/// The copy's training: accuracy on clean, FGSM and PGD images over epochs, in per cent with 95 % intervals.
PlotDescription defencePlot(const History& history, double epochs);

}  // namespace convolab
