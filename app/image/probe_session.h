#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <set>

#include "core/graph/network_spec.h"
#include "core/inspect/ablation.h"
#include "core/inspect/activations.h"

namespace convolab {

class CurrentImage;
class LabDocument;
class ProbeWorker;
class TrainingSession;
struct ProbeAnswer;

/// The network's live answer to the current image: every layer's output, computed on a thread and a model of its own
/// with the newest weights. The latest request wins; while training it asks for weights at most 10 times a second.
/// Works only while a lens that shows it is active. UI thread only.
class ProbeSession : public QObject {
    Q_OBJECT

  public:
    ProbeSession(LabDocument& document, TrainingSession& session, CurrentImage& image, QObject* parent = nullptr);
    ~ProbeSession() override;

    void setActive(bool active);
    bool isActive() const { return m_active; }

    /// The newest answer; null before the first one, and while there is none (problem() says why).
    ActivationSnapshotPtr snapshot() const { return m_snapshot; }
    const NetworkSpec& spec() const { return *m_spec; }  ///< the network of snapshot() and weights()
    /// The current image, network or weights are newer than snapshot(): its numbers are shown as stale.
    bool isStale() const { return m_stale; }
    double milliseconds() const;                                  ///< of the forward pass
    const std::string& device() const { return m_device; }        ///< the id of the one that computed it: that of the training where it can
    double latencyMilliseconds() const { return m_latency; }      ///< from the request to snapshotArrived()

    /// The newest weights that fit spec(), whole; null until they are known and while the network has an error.
    WeightSetPtr weights() const { return m_weights; }
    /// The same with the channels in channelsOff() silent: what snapshot() is made with.
    WeightSetPtr effectiveWeights() const { return m_effective; }
    bool untrained() const { return m_untrained; }         ///< fresh weights: nothing has been trained
    QString weightsNote() const { return m_weightsNote; }  ///< "untrained weights", "3 of 5 layers keep their weights …"; may be empty
    QString problem() const { return m_problem; }          ///< why there is no answer; empty where there is one

    const std::set<ChannelRef>& channelsOff() const { return m_off; }
    /// Off by the filter that makes it (core's channelSource); an error where the channel has no single source.
    Status setChannelOff(const ChannelRef& channel, bool off);
    bool isChannelOff(const ChannelRef& channel) const;  ///< it or its source
    void clearChannelsOff();

  signals:
    void snapshotArrived();     ///< snapshot() is new, or gone
    void failed(const QString& sentence);
    void weightsChanged();      ///< weights(), effectiveWeights() or the note
    void channelsOffChanged();

  private:
    void request();
    void arrive();
    void drop(const QString& problem);
    void forgetRemovedChannels();
    void takeWeights(const ProbeAnswer& answer);

    LabDocument& m_document;
    TrainingSession& m_session;
    CurrentImage& m_image;
    std::unique_ptr<ProbeWorker> m_worker;
    QTimer m_weightsTimer;
    ActivationSnapshotPtr m_snapshot;
    std::shared_ptr<const NetworkSpec> m_spec;
    std::shared_ptr<const NetworkSpec> m_current;  ///< a copy of the document's network, made when it is needed
    WeightSetPtr m_weights, m_effective, m_seenWeights;
    std::set<ChannelRef> m_off;
    QString m_weightsNote, m_problem;
    std::string m_seenDevice, m_device;
    double m_latency = 0.0;
    bool m_active = false;
    bool m_untrained = true;
    bool m_stale = false;
};

}  // namespace convolab
