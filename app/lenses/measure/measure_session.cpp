#include "app/lenses/measure/measure_session.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/graph/spec_json.h"
#include "core/model/dataset_fit.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatches[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};
constexpr double kSecondsPerBatch = 0.25;
constexpr double kPatience = 6.0;
constexpr double kPeakShare = 0.15;  // of the progress, where it is not known yet

/// The same layers with the same work: names and places on the canvas may differ.
bool sameWork(const std::vector<LayerWork>& a, const std::vector<LayerWork>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const LayerWork& x, const LayerWork& y) {
        return x.node == y.node && x.kind == y.kind && x.output == y.output && x.weights == y.weights && x.macs == y.macs &&
               x.inputs == y.inputs && x.joined == y.joined;
    });
}

}  // namespace

MeasureSession::MeasureSession(LabDocument& document, TrainingSession& training, ImageDesk& desk, QObject* parent)
    : QObject(parent), m_document(document), m_training(training), m_desk(desk) {
    m_settings.attack = AttackSpec{};  // PGD, ε 0.1, 20 steps
    m_peak = MachinePeakCache().find();
    connect(&m_document, &LabDocument::opened, this, &MeasureSession::clear);
    connect(&m_document, &LabDocument::versionsChanged, this, &MeasureSession::followVersions);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &MeasureSession::checkStale);
    connect(&m_desk.probe, &ProbeSession::weightsChanged, this, &MeasureSession::changed);
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, &MeasureSession::changed);
}

void MeasureSession::clear() {
    m_job.reset();
    m_networks.clear();
    m_stale = false;
    emit changed();
}

bool MeasureSession::canMeasure(QString* reason) const {
    const Status complete = requireComplete(m_document.network().spec(), m_document.network().analysis());
    if (!complete.ok() && reason != nullptr) *reason = QString::fromStdString(complete.error().sentence());
    return complete.ok();
}

QString MeasureSession::hint() const {
    if (m_training.structureChanged() || !m_training.bestWeights()) return tr("The network is not trained: no accuracy, no robustness");
    if (!m_desk.image.dataset()) {
        QString why = m_desk.image.datasetProblem();
        while (why.endsWith(QLatin1Char('.'))) why.chop(1);
        return why.isEmpty() ? tr("No data set that fits the network: no accuracy, no robustness")
                             : tr("No accuracy, no robustness: %1").arg(why);
    }
    return {};
}

std::shared_ptr<const LaserCard> MeasureSession::card() const {
    return m_networks.empty() || !m_networks.front().isOpen() ? nullptr : m_networks.front().card;
}

bool MeasureSession::weightsMoved() const {
    if (!card() || m_training.structureChanged()) return false;
    const WeightSetPtr &measured = m_networks.front().weights, now = m_training.bestWeights();
    if (measured == now) return false;
    return !measured || !now || measured->step != now->step || measured->parameters != now->parameters;
}

std::vector<MeasureSubject> MeasureSession::subjects() const {
    MeasureSubject open{.version = 0, .name = tr("this"), .network = m_document.network().spec(), .weights = nullptr};
    if (!m_training.structureChanged()) open.weights = m_training.bestWeights();
    std::vector<MeasureSubject> all{std::move(open)};
    if (m_document.file() == nullptr) return all;
    if (auto rounded = readQuantization(*m_document.file(), all.front().network); rounded.ok()) all.front().quantization = std::move(*rounded);
    const auto versions = m_document.file()->readVersions();
    if (!versions.ok()) return all;
    for (const VersionInfo& version : *versions) {
        auto network = specFromJson(version.specJson);
        auto weights = m_document.file()->readVersionWeights(version.id);
        if (!network.ok() || !weights.ok()) continue;  // the list of versions says what is wrong with it
        MeasureSubject kept{.version = version.id, .name = QString::fromStdString(version.name), .network = std::move(*network),
                            .weights = std::make_shared<const WeightSet>(std::move(*weights))};
        if (auto plan = planFromJson(version.planJson, kept.network); plan.ok() && plan->quantizes())
            kept.quantization = DocumentQuantization{.plan = std::move(*plan), .ranges = {}};
        const QJsonValue bytes = QJsonDocument::fromJson(QByteArray::fromStdString(version.noteJson)).object().value(QStringLiteral("bytes"));
        if (bytes.isDouble()) kept.packedBytes = static_cast<std::int64_t>(bytes.toDouble());
        all.push_back(std::move(kept));
    }
    return all;
}

LaserRequest MeasureSession::requestFor(const MeasureSubject& subject) const {
    LaserRequest request;
    request.name = subject.name.toStdString();
    request.spec = subject.network;
    request.weights = subject.weights;
    request.quantization = subject.quantization;
    const DatasetPtr dataset = m_desk.image.dataset();
    if (dataset && requireFit(subject.network, analyze(subject.network), *dataset).ok()) request.dataset = dataset;
    request.split = m_settings.split;
    request.attack = m_settings.attack;
    request.attackImages = m_settings.attackImages;
    request.latency.batches.assign(std::begin(kBatches), std::end(kBatches));
    request.latency.seconds = kSecondsPerBatch;
    request.latency.minimumRuns = 3;
    request.latency.warmUpRuns = 2;
    request.latency.patience = kPatience;
    request.energy = m_energy;
    return request;
}

void MeasureSession::measure(bool peakAgain) {
    if (!canMeasure()) return;
    const auto all = std::make_shared<const std::vector<MeasureSubject>>(subjects());
    const auto requests = std::make_shared<std::vector<LaserRequest>>();
    for (const MeasureSubject& subject : *all) requests->push_back(requestFor(subject));
    std::erase_if(m_networks, [&](const MeasuredNetwork& network) {
        return std::none_of(all->begin(), all->end(), [&](const MeasureSubject& subject) { return subject.version == network.version; });
    });
    const bool needsPeak = peakAgain || !m_peak;
    m_job.start<bool>(
        tr("Measuring"),
        [this, all, requests, needsPeak, peakAgain](const BackgroundJob::Context& context) -> Result<bool> {
            const double begin = needsPeak ? kPeakShare : 0.0;
            if (needsPeak) {
                CONVOLAB_ASSIGN(const MachinePeak peak, MachinePeakCache().obtain(peakAgain, [&](double share) {
                                    return context.progress(share * kPeakShare);
                                }));
                context.toUi([this, peak] { m_peak = peak; });
            }
            const double each = (1.0 - begin) / static_cast<double>(all->size());
            for (std::size_t i = 0; i < all->size(); ++i) {
                const double from = begin + each * static_cast<double>(i);
                CONVOLAB_ASSIGN(LaserCard card, measureLaser((*requests)[i], [&](double share, const std::string&) {
                                    return context.progress(from + each * share);
                                }));
                context.toUi([this, subject = (*all)[i], card] { take(subject, card); });
            }
            return true;
        },
        [](bool) {});
}

void MeasureSession::take(const MeasureSubject& subject, LaserCard card) {
    if (subject.version == 0 && m_document.file() != nullptr) {
        std::error_code failure;
        const auto bytes = std::filesystem::file_size(m_document.path(), failure);
        if (!failure) card.size.documentBytes = static_cast<std::int64_t>(bytes);
    }
    if (subject.packedBytes) card.size.packedBytes = subject.packedBytes;
    card.priceEnergy(m_energy);
    MeasuredNetwork measured{subject.version, subject.name, subject.weights, std::make_shared<const LaserCard>(std::move(card))};
    const auto known = std::find_if(m_networks.begin(), m_networks.end(),
                                    [&](const MeasuredNetwork& other) { return other.version == subject.version; });
    if (known != m_networks.end()) *known = std::move(measured);
    else if (subject.version == 0) m_networks.insert(m_networks.begin(), std::move(measured));
    else m_networks.push_back(std::move(measured));
    checkStale();
    emit changed();
}

void MeasureSession::followVersions() {
    const auto versions = m_document.file() != nullptr ? m_document.file()->readVersions() : std::vector<VersionInfo>();
    if (!versions.ok()) return;
    std::erase_if(m_networks, [&](MeasuredNetwork& network) {
        if (network.isOpen()) return false;
        const auto version = std::ranges::find(*versions, network.version, &VersionInfo::id);
        if (version == versions->end()) return true;
        network.name = QString::fromStdString(version->name);
        return false;
    });
    emit changed();
}

void MeasureSession::checkStale() {
    m_stale = false;
    if (const auto shown = card()) {
        const Analysis& analysis = m_document.network().analysis();
        const bool complete = requireComplete(m_document.network().spec(), analysis).ok();
        m_stale = !complete || !sameWork(shown->work, layerWork(m_document.network().spec(), analysis));
    }
    emit changed();
}

void MeasureSession::setEnergy(const EnergyOptions& options) {
    if (options == m_energy) return;
    m_energy = options;
    for (MeasuredNetwork& network : m_networks) {
        LaserCard card = *network.card;
        card.priceEnergy(options);
        network.card = std::make_shared<const LaserCard>(std::move(card));
    }
    emit displayChanged();
}

std::int64_t MeasureSession::measuredBatch() const {
    const auto shown = card();
    if (!shown || shown->latency.batches.empty()) return m_energy.batch;
    const auto distance = [&](const BatchLatency& latency) {
        return std::abs(std::log2(static_cast<double>(latency.batch) / static_cast<double>(m_energy.batch)));
    };
    return std::min_element(shown->latency.batches.begin(), shown->latency.batches.end(),
                            [&](const BatchLatency& a, const BatchLatency& b) { return distance(a) < distance(b); })
        ->batch;
}

void MeasureSession::setMetric(const QString& id) {
    if (id == m_metric) return;
    m_metric = id;
    emit displayChanged();
}

}  // namespace convolab
