#pragma once

#include <QObject>
#include <QString>
#include <memory>
#include <set>

#include "core/graph/network_spec.h"
#include "core/inspect/ablation.h"
#include "core/inspect/activations.h"

namespace convolab {

class CurrentImage;
class LabDocument;
class TrainingSession;

/// The network's live answer to the current image: every layer's output, computed on a thread and a model of its own with
/// the newest weights. The latest request wins; while training it asks for weights at most 10 times a second. Works only
/// while a lens that shows it is active. UI thread only.
class ProbeSession : public QObject {
    Q_OBJECT

  public:
    ProbeSession(LabDocument& document, TrainingSession& session, CurrentImage& image, QObject* parent = nullptr);
    ~ProbeSession() override;

    void setActive(bool active);
    bool isActive() const { return m_active; }

    /// The newest answer; null before the first one, and after the network changed until the next one.
    ActivationSnapshotPtr snapshot() const { return m_snapshot; }
    const NetworkSpec& spec() const { return m_snapshotSpec; }  ///< the network of snapshot()
    double milliseconds() const;                                ///< of its forward pass
    double latencyMilliseconds() const { return m_latency; }    ///< from the request to snapshotArrived()

    /// The newest weights that fit the document's network, whole; null while the network has an error.
    WeightSetPtr weights() const { return m_weights; }
    /// The same with the channels in channelsOff() silent: what snapshot() is made with.
    WeightSetPtr effectiveWeights() const { return m_effective; }
    bool untrained() const { return m_untrained; }          ///< fresh weights: nothing has been trained
    QString weightsNote() const { return m_weightsNote; }   ///< "untrained weights", "3 of 5 layers keep their weights …"
    QString problem() const { return m_problem; }           ///< why there is no answer; empty where there is one

    const std::set<ChannelRef>& channelsOff() const { return m_off; }
    Status setChannelOff(const ChannelRef& channel, bool off);  ///< an error where the channel has no single source
    void clearChannelsOff();

  signals:
    void snapshotArrived();
    void failed(const QString& sentence);
    void weightsChanged();      ///< weights(), effectiveWeights() or the note
    void channelsOffChanged();

  private:
    struct Worker;
    void takeWeights();
    void applyChannels();
    void request();
    void arrive();
    void fail(const QString& sentence);

    LabDocument& m_document;
    TrainingSession& m_session;
    CurrentImage& m_image;
    std::unique_ptr<Worker> m_worker;
    ActivationSnapshotPtr m_snapshot;
    NetworkSpec m_snapshotSpec;
    WeightSetPtr m_weights, m_effective;
    std::set<ChannelRef> m_off;
    QString m_weightsNote, m_problem;
    double m_latency = 0.0;
    bool m_active = false;
    bool m_untrained = true;
};

}  // namespace convolab
