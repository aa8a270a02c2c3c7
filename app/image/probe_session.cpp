#include "app/image/probe_session.h"

#include <algorithm>
#include <vector>

#include "app/image/current_image.h"
#include "app/image/probe_worker.h"
#include "app/lab_document.h"
#include "app/training_session.h"

namespace convolab {

namespace {

constexpr int kWeightsMs = 100;

}  // namespace

ProbeSession::ProbeSession(LabDocument& document, TrainingSession& session, CurrentImage& image, QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_image(image), m_spec(std::make_shared<NetworkSpec>()) {
    m_worker = std::make_unique<ProbeWorker>([this] { QMetaObject::invokeMethod(this, &ProbeSession::arrive, Qt::QueuedConnection); });
    m_weightsTimer.setSingleShot(true);
    m_weightsTimer.setInterval(kWeightsMs);
    connect(&m_weightsTimer, &QTimer::timeout, this, [this] { if (m_active && m_session.isRunning()) m_session.requestWeights(); });
    connect(&image, &CurrentImage::changed, this, &ProbeSession::request);
    connect(&document.network(), &SpecEditor::specChanged, this, [this] {
        m_current.reset();
        forgetRemovedChannels();
        request();
    });
    connect(&document, &LabDocument::opened, this, [this] {
        m_current.reset();
        m_snapshot.reset();
        clearChannelsOff();
        request();
    });
    connect(&document, &LabDocument::recipeChanged, this, [this] { if (m_untrained) request(); });  // its seed may be another
    connect(&session, &TrainingSession::weightsArrived, this, [this] {
        request();
        if (m_active) m_weightsTimer.start();
    });
    connect(&session, &TrainingSession::changed, this, [this] {
        // Comes at display rate: new weights arrive by themselves; here only those of another run or document.
        if (!m_active) return;
        if (m_session.isRunning() && !m_weightsTimer.isActive()) m_weightsTimer.start();
        if (m_session.weights() != m_seenWeights || m_session.device().id != m_seenDevice) request();
    });
}

ProbeSession::~ProbeSession() = default;

double ProbeSession::milliseconds() const { return m_snapshot ? m_snapshot->seconds * 1000.0 : 0.0; }

void ProbeSession::setActive(bool active) {
    m_active = active;
    if (!active) return;
    request();
    if (m_session.isRunning()) m_session.requestWeights();
}

void ProbeSession::request() {
    if (!m_active) return;
    if (!m_document.isOpen()) return drop(tr("No network is open."));
    const Analysis& analysis = m_document.network().analysis();
    if (const Status complete = requireComplete(m_document.network().spec(), analysis); !complete.ok()) {
        return drop(QString::fromStdString(complete.error().sentence()));
    }
    m_stale = true;
    m_seenWeights = m_session.weights();
    m_seenDevice = m_session.device().id;
    if (!m_current) m_current = std::make_shared<NetworkSpec>(m_document.network().spec());
    m_worker->ask({.spec = m_current, .trained = m_seenWeights,
                   .seed = m_document.recipe().seed, .off = m_off, .image = m_image.image(), .device = trainingDevice(m_session.device()),
                   .asked = std::chrono::steady_clock::now()});
}

void ProbeSession::arrive() {
    const auto answer = m_worker->take();
    if (!answer || !m_document.isOpen()) return;
    if (answer->spec != m_current && !sameStructure(*answer->spec, m_document.network().spec())) return;  // a newer request is on its way
    if (answer->error) return drop(QString::fromStdString(answer->error->sentence()));
    m_spec = answer->spec;
    takeWeights(*answer);
    m_snapshot = answer->snapshot;
    m_device = answer->device;
    m_problem = m_snapshot ? QString() : m_image.problem();
    m_stale = false;
    m_latency = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - answer->asked).count();
    emit snapshotArrived();
}

void ProbeSession::takeWeights(const ProbeAnswer& answer) {
    QString note;
    if (answer.layers > 0 && answer.kept == 0) note = tr("untrained weights");
    else if (answer.kept < answer.layers) note = tr("%1 of %2 layers keep their weights, the others are fresh").arg(answer.kept).arg(answer.layers);
    const bool same = answer.weights == m_weights && answer.effective == m_effective && note == m_weightsNote;
    m_weights = answer.weights;
    m_effective = answer.effective;
    m_untrained = answer.layers > 0 && answer.kept == 0;
    m_weightsNote = note;
    if (!same) emit weightsChanged();
}

void ProbeSession::drop(const QString& problem) {
    const bool known = problem == m_problem && !m_snapshot && !m_weights;
    m_snapshot.reset();
    m_weights.reset();
    m_effective.reset();
    m_seenWeights.reset();
    m_problem = problem;
    m_stale = false;
    if (known) return;
    emit weightsChanged();
    emit snapshotArrived();
    emit failed(problem);
}

Status ProbeSession::setChannelOff(const ChannelRef& channel, bool off) {
    CONVOLAB_ASSIGN(const ChannelRef source, channelSource(m_document.network().spec(), channel));
    const bool changes = off ? m_off.insert(source).second : m_off.erase(source) > 0;
    if (!changes) return {};
    emit channelsOffChanged();
    request();
    return {};
}

bool ProbeSession::isChannelOff(const ChannelRef& channel) const {
    if (m_off.empty()) return false;
    const auto source = channelSource(m_document.network().spec(), channel);
    return source.ok() && m_off.contains(*source);
}

void ProbeSession::clearChannelsOff() {
    if (m_off.empty()) return;
    m_off.clear();
    emit channelsOffChanged();
    request();
}

void ProbeSession::forgetRemovedChannels() {
    const std::size_t before = m_off.size();
    std::erase_if(m_off, [this](const ChannelRef& channel) {
        const auto source = channelSource(m_document.network().spec(), channel);
        return !source.ok() || *source != channel;
    });
    if (m_off.size() != before) emit channelsOffChanged();
}

}  // namespace convolab
