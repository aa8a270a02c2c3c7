#include "app/lenses/compress/compress_session.h"

#include <QUndoStack>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "app/document_settings.h"
#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/training_session.h"

namespace convolab {

namespace {

constexpr int kWeightsMs = 2000;   // a training that runs moves the ground at most so often
constexpr std::size_t kHashedValues = 20000;
constexpr const char* kBudgetSetting = "compress_budget";

std::string hashText(const std::string& text, std::span<const float> values = {}) {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    const auto add = [&hash](const void* data, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 1099511628211ULL;
    };
    add(text.data(), text.size());
    // Training moves every weight: some of them tell two sets apart.
    const std::size_t step = values.size() / kHashedValues + 1;
    for (std::size_t i = 0; i < values.size(); i += step) add(&values[i], sizeof(float));
    char digits[20];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return digits;
}

/// Equal for networks that compute the same: names and positions aside.
std::string keyOf(const NetworkSpec& network, const Analysis& analysis) {
    std::string text;
    for (const NodeId id : analysis.order) {
        const Node* node = network.node(id);
        text += std::to_string(id.value) + " " + node->kind;
        for (const auto& [key, value] : node->attributes.values()) text += " " + key + "=" + attributeText(value);
        for (const Edge* edge : network.edgesInto(id)) text += " <" + std::to_string(edge->from.node.value) + ":" + std::to_string(edge->from.port);
        text += "\n";
    }
    return hashText(text);
}

}  // namespace


CompressSession::CompressSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_desk(desk) {
    m_worker = std::make_unique<PlanWorker>(m_calibration, [this](PlanAnswer answer) {
        QMetaObject::invokeMethod(this, [this, answer = std::make_shared<PlanAnswer>(std::move(answer))] { take(*answer); }, Qt::QueuedConnection);
    });
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, [this] { request(false); });
    m_weightsTimer.setInterval(kWeightsMs);
    connect(&m_weightsTimer, &QTimer::timeout, this, [this] {
        if (m_session.isRunning()) m_session.requestWeights();
    });
    connect(&document, &LabDocument::opened, this, &CompressSession::onOpened);
    connect(&document.network(), &SpecEditor::specChanged, this, &CompressSession::onNetworkChanged);
    connect(&session, &TrainingSession::weightsArrived, this, &CompressSession::onWeightsChanged);
    connect(&session, &TrainingSession::changed, this, [this] {
        // Comes at display rate: here only a training that came to rest counts.
        if (m_active && !m_session.isRunning() && m_wasRunning) onWeightsChanged();
        m_wasRunning = m_session.isRunning();
    });
    connect(&desk.image, &CurrentImage::datasetChanged, this, [this] { if (m_active) touch(true); });
}

CompressSession::~CompressSession() { m_worker.reset(); }

void CompressSession::setActive(bool active) {
    if (active == m_active) return;
    m_active = active;
    m_rest.stop();
    if (!active) return m_weightsTimer.stop();
    m_weightsTimer.start();
    if (m_session.isRunning()) m_session.requestWeights();
    refreshGround();
    touch(true);
}

void CompressSession::setPlan(const CompressionPlan& plan, const QString& text, const QString& mergeKey) {
    const bool keepsTuned = m_overlay.tuned && m_ground.network && staysTuned(*m_overlay.tuned, m_overlay.plan, plan, *m_ground.network);
    setOverlay(keepsTuned ? Overlay{plan, m_overlay.tuned, m_overlay.steps} : Overlay{plan}, text, mergeKey);
}

PlanSteps CompressSession::stepsAfterTuning(const Recipe& training, bool gradual) const {
    return stepsOfTuning({.plan = m_overlay.plan, .tuned = m_overlay.tuned != nullptr, .steps = m_overlay.steps}, training, gradual);
}

void CompressSession::setOverlay(const Overlay& overlay, const QString& text, const QString& mergeKey) {
    if (overlay == m_overlay) return;
    push(overlay, text, mergeKey);
}

void CompressSession::push(const Overlay& overlay, const QString& text, const QString& mergeKey) {
    if (!m_held || !(m_held->overlay() == m_overlay)) {
        m_held = std::make_shared<HeldOverlay>(m_overlay);
        if (const TriedPoint* point = currentPoint(); point != nullptr && point->hasWeights) m_held->setPoint(point->id);
    }
    const auto show = [this](const HeldOverlayPtr& held) { showOverlay(held); };
    m_document.network().undoStack().push(new PlanCommand(m_held, std::make_shared<HeldOverlay>(overlay), show, text, mergeKey));
}

void CompressSession::commit(WeightsChange change, const CompressionPlan& rest) {
    QUndoStack& stack = m_document.network().undoStack();
    stack.beginMacro(change.text);
    if (!(Overlay{rest} == m_overlay)) push({rest}, change.text, {});
    pushWeightsChange(m_document, m_session, std::move(change));
    stack.endMacro();
}

void CompressSession::showOverlay(const HeldOverlayPtr& held) {
    const HeldOverlayPtr before = std::exchange(m_held, held);
    m_overlay = held->bringBack([this](std::int64_t point) -> WeightSetPtr {
        ProjectFile* file = m_document.file();
        auto weights = file != nullptr ? file->readTriedWeights(point, m_document.network().spec()) : Result<WeightSet>(Error{});
        return weights.ok() ? std::make_shared<const WeightSet>(std::move(weights).value()) : nullptr;
    });
    if (before && before != held) before->putAside();
    m_ground.tuned = m_overlay.tuned;
    m_test.reset();
    m_current.reset();
    savePlan();
    emit planChanged();
    touch(false);
}

void CompressSession::setBudget(double share) {
    if (!(share > 0.0 && share <= kLargestBudget) || share == m_budget) return;
    m_budget = share;
    if (ProjectFile* file = m_document.file()) file->writeSetting(kBudgetSetting, QByteArray::number(share, 'g', 6).toStdString());
    emit pointsChanged();
}

void CompressSession::savePlan() {
    if (m_document.file() == nullptr) return;
    m_document.file()->writeSetting(settings::kCompressOverlay, planToJson(m_overlay.plan, m_document.network().spec()));
}

void CompressSession::onOpened() {
    m_overlay = {};
    m_held.reset();
    m_ground = {};
    m_networkKey.clear();
    m_baseKey.clear();
    m_laid.reset();
    m_accuracy.reset();
    m_original.reset();
    m_test.reset();
    m_current.reset();
    if (ProjectFile* file = m_document.file()) {
        if (const auto plan = file->readSetting(settings::kCompressOverlay); plan.ok() && *plan) {
            if (auto read = planFromJson(**plan, m_document.network().spec()); read.ok()) m_overlay.plan = std::move(*read);
        }
    }
    m_budget = kUsualBudget;
    if (ProjectFile* file = m_document.file()) {
        if (const auto budget = file->readSetting(kBudgetSetting); budget.ok() && *budget) setBudget(QString::fromStdString(**budget).toDouble());
    }
    readLooks();
    readPoints();
    emit planChanged();
    emit laidChanged();
    emit accuracyChanged();
    if (!m_active) return;
    refreshGround();
    touch(true);
}

void CompressSession::onNetworkChanged() {
    const NetworkSpec& spec = m_document.network().spec();
    // A layer that is gone cannot be planned for; the others keep their plan.
    const std::vector<NodeId> layers = compressibleLayers(spec);
    const std::size_t before = m_overlay.plan.layers.size();
    std::erase_if(m_overlay.plan.layers, [&](const auto& item) { return std::find(layers.begin(), layers.end(), item.first) == layers.end(); });
    if (m_overlay.plan.layers.size() != before) emit planChanged();
    if (!m_active) return;
    refreshGround();
    touch(true);
}

void CompressSession::onWeightsChanged() {
    if (!m_active) return;
    const bool soon = m_ground.base && m_session.isRunning() && m_weightsClock.isValid() && m_weightsClock.elapsed() < kWeightsMs;
    if (soon) return;
    refreshGround();
    touch(true);
}

void CompressSession::refreshGround() {
    m_weightsClock.start();
    const NetworkSpec& spec = m_document.network().spec();
    const Analysis& analysis = m_document.network().analysis();
    PlanGround ground;
    ground.tuned = m_overlay.tuned;
    if (m_document.isOpen() && requireComplete(spec, analysis).ok()) {
        const std::string key = keyOf(spec, analysis);
        const bool other = key != m_networkKey;
        ground.network = other || !m_ground.network ? std::make_shared<NetworkSpec>(spec) : m_ground.network;
        if (!m_session.structureChanged()) ground.base = m_session.isRunning() ? m_session.weights() : m_session.bestWeights();
        if (other) {
            m_networkKey = key;
            readPoints();
        }
    }
    m_untrained = !ground.base && !m_session.isRunning();
    if (ground.base != m_ground.base) m_baseKey = ground.base ? hashText({}, ground.base->parameters) : std::string();
    // Fine-tuned weights of another network or run mean nothing here.
    if (ground.tuned && ground.base && ground.tuned->layout->parameterCount != ground.base->layout->parameterCount) {
        ground.tuned.reset();
        m_overlay.tuned.reset();
        m_overlay.steps.reset();
    }
    if (ground == m_ground) return;
    m_ground = std::move(ground);
    m_original.reset();
    m_test.reset();
}

std::optional<QString> CompressSession::obstacle() const {
    if (!m_document.isOpen()) return tr("No network is open.");
    const Status complete = requireComplete(m_document.network().spec(), m_document.network().analysis());
    if (!complete.ok()) return QString::fromStdString(complete.error().sentence());
    if (compressibleLayers(m_document.network().spec()).empty()) return tr("This network has no layer with weights to compress.");
    if (m_session.structureChanged()) return tr("The network was changed since its training: train it again first.");
    if (!m_ground.base) return m_session.isRunning() ? tr("Waiting for the first weights of the training …") : tr("This network is not trained yet.");
    return std::nullopt;
}

QString CompressSession::accuracyProblem() const {
    if (!m_accuracyProblem.isEmpty()) return m_accuracyProblem;
    if (m_desk.image.dataset() || !m_session.datasetError()) return {};
    return QString::fromStdString(m_session.datasetError()->sentence());
}

bool CompressSession::laidWaits() const { return m_laid && (!(m_laid->plan == m_overlay.plan) || !(m_laid->ground == m_ground)); }

bool CompressSession::accuracyWaits() const { return m_accuracy && (laidWaits() || m_measured != m_laid || !m_accuracy->whole()); }

void CompressSession::touch(bool resting) {
    if (!m_active) return;
    if (!m_wished) m_wishClock.start();
    m_wished = true;
    if (resting) {
        m_rest.stop();
        return request(false);
    }
    request(true);
    if (m_problem.isEmpty()) m_rest.start();
}

void CompressSession::request(bool preview) {
    if (!m_active) return;
    if (const auto problem = obstacle()) {
        m_rest.stop();
        return setProblem(*problem);
    }
    m_problem.clear();
    m_accuracyProblem.clear();
    m_worker->ask({.ground = m_ground, .plan = m_overlay.plan, .dataset = m_desk.image.dataset(), .preview = preview});
    emit laidChanged();
    emit accuracyChanged();
}

void CompressSession::take(const PlanAnswer& answer) {
    const bool newest = answer.ticket == m_worker->newest();
    if (answer.error && !answer.laid && newest) return setProblem(QString::fromStdString(answer.error->sentence()));
    if (!answer.laid || answer.laid->ground.network != m_ground.network || answer.laid->ground.base != m_ground.base) return;
    m_problem.clear();
    if (answer.laid != m_laid) {
        m_laid = answer.laid;
        emit laidChanged();
    }
    if (answer.error && newest) {
        m_accuracyProblem = QString::fromStdString(answer.error->sentence());
        m_accuracy.reset();
        return emit accuracyChanged();
    }
    if (!answer.accuracy) return;
    m_accuracy = answer.accuracy;
    m_measured = answer.laid;
    m_original = answer.original;
    if (m_wished) {
        m_latency = static_cast<double>(m_wishClock.nsecsElapsed()) * 1e-6;
        m_wished = false;
    }
    if (m_accuracy->whole() && !laidWaits() && !m_session.isRunning()) record();
    emit accuracyChanged();
}

void CompressSession::setProblem(const QString& sentence) {
    m_problem = sentence;
    m_laid.reset();
    m_accuracy.reset();
    emit laidChanged();
    emit accuracyChanged();
}

}  // namespace convolab
