#include "app/training_session.h"

#include <algorithm>
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QPointer>
#include <QThread>
#include <QThreadPool>

#include "core/compress/masks.h"
#include "core/data/targets.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"

namespace convolab {

namespace {

constexpr int kDrainMs = 33;
constexpr int kSettleMs = 2000;

/// What a momentum slider moves; Adam's β₁ is not among it.
double OptimizerSpec::*momentumField(const Recipe& recipe) {
    return recipe.optimizer.kind == "rmsprop" ? &OptimizerSpec::rmspropMomentum : &OptimizerSpec::momentum;
}
double momentumOf(const Recipe& recipe) { return recipe.optimizer.*momentumField(recipe); }

const char* stateWord(TrainerState state) {
    switch (state) {
        case TrainerState::Done: return "done";
        case TrainerState::Cancelled: return "cancelled";
        case TrainerState::Failed: return "failed";
        case TrainerState::Paused: return "paused";
        default: return "running";
    }
}

}  // namespace

bool sameStructure(const NetworkSpec& a, const NetworkSpec& b) {
    // Layers that the output does not need compute nothing: only those in the execution order count.
    const std::vector<NodeId> order = analyze(a).order;
    if (order != analyze(b).order) return false;
    for (const NodeId id : order) {
        const Node* left = a.node(id);
        const Node* right = b.node(id);
        if (left->kind != right->kind || left->attributes != right->attributes) return false;
        const auto intoLeft = a.edgesInto(id);
        const auto intoRight = b.edgesInto(id);
        const auto same = [](const Edge* x, const Edge* y) { return x->from == y->from && x->to == y->to; };
        if (!std::equal(intoLeft.begin(), intoLeft.end(), intoRight.begin(), intoRight.end(), same)) return false;
    }
    return true;
}

TrainingSession::TrainingSession(LabDocument& document, std::shared_ptr<DatasetCache> datasets, QObject* parent)
    : QObject(parent), m_document(document), m_datasets(std::move(datasets)) {
    m_drainTimer.setSingleShot(true);
    m_drainTimer.setInterval(kDrainMs);
    connect(&m_drainTimer, &QTimer::timeout, this, &TrainingSession::drain);
    m_trainer.setNotify([this] {
        if (m_notified.exchange(true)) return;
        QMetaObject::invokeMethod(this, [this] { if (!m_drainTimer.isActive()) m_drainTimer.start(); }, Qt::QueuedConnection);
    });
    connect(&document.network(), &SpecEditor::specChanged, this, &TrainingSession::onSpecChanged);
    connect(&document, &LabDocument::closing, this, &TrainingSession::settle);
    connect(&document, &LabDocument::opened, this, &TrainingSession::onOpened);
    connect(&document, &LabDocument::recipeChanged, this, &TrainingSession::onRecipeChanged);
}

TrainingSession::~TrainingSession() {
    m_trainer.setNotify({});
}

void TrainingSession::settle() {
    m_trainer.pause();
    QDeadlineTimer deadline(kSettleMs);
    while (isRunning() && !deadline.hasExpired()) QThread::msleep(5);
    drain();
}

void TrainingSession::onRecipeChanged() {
    const Recipe& recipe = m_document.recipe();
    if (recipe.rate != m_liveRecipe.rate) m_trainer.setRate(recipe.rate);
    const double momentum = momentumOf(recipe);
    if (momentum != momentumOf(m_liveRecipe)) m_trainer.setMomentum(momentum);
    if (recipe.weightDecay != m_liveRecipe.weightDecay) m_trainer.setWeightDecay(recipe.weightDecay);
    if (!(withLiveFields(m_liveRecipe, recipe) == m_liveRecipe)) m_trainer.takeOver(recipe);
    const bool otherData = recipe.dataset != m_liveRecipe.dataset;
    m_liveRecipe = recipe;
    if (otherData) ensureDataset();
    emit changed();
}

void TrainingSession::ensureDataset() {
    // The canvas checks the network against the data set, so it is opened as soon as the recipe names it.
    const std::string name = m_document.recipe().dataset;
    const auto apply = [this, name](const Result<DatasetPtr>& dataset) {
        if (name != m_document.recipe().dataset) return;
        AnalysisContext context;
        m_datasetError = dataset.ok() ? std::nullopt : std::optional(dataset.error());
        if (dataset.ok()) {
            const DatasetInfo& info = (*dataset)->info();
            context.imageShape = info.imageShape;
            context.classes = outputsOf(**dataset);
            context.datasetTitle = info.title;
        }
        m_document.network().setContext(std::move(context));
        emit changed();
    };
    if (const DatasetPtr open = m_datasets->peek(name)) {
        apply(open);
        return;
    }
    QThreadPool::globalInstance()->start([self = QPointer<TrainingSession>(this), datasets = m_datasets, name, apply] {
        auto dataset = datasets->get(name);
        QMetaObject::invokeMethod(qApp, [self, apply, dataset = std::move(dataset)] { if (self) apply(dataset); },
                                  Qt::QueuedConnection);
    });
}

TrainerStatus TrainingSession::status() const {
    // The trainer may still be ending the run of a document that has given way.
    return m_started && !m_restored ? m_trainer.status() : TrainerStatus{};
}

bool TrainingSession::isRunning() const {
    const TrainerState state = status().state;
    return state == TrainerState::Running || state == TrainerState::Preparing;
}

bool TrainingSession::canPlay(QString* reason) const {
    const auto say = [&](const QString& text) {
        if (reason != nullptr) *reason = text;
        return false;
    };
    if (!m_document.isOpen()) return say(tr("no network is open"));
    const Analysis& analysis = m_document.network().analysis();
    if (analysis.hasErrors()) {
        const auto complete = requireComplete(m_document.network().spec(), analysis);
        return say(complete.ok() ? tr("the network has an error") : QString::fromStdString(complete.error().sentence()));
    }
    if (const auto valid = validateRecipe(m_document.recipe()); !valid.ok()) {
        return say(QString::fromStdString(valid.error().sentence()));
    }
    return true;
}

double TrainingSession::plannedEpochs() const {
    const Recipe& recipe = m_started ? m_trainedRecipe : m_document.recipe();
    if (!recipe.steps) return static_cast<double>(recipe.epochs);
    const std::int64_t images = trainImages();
    return images > 0 ? static_cast<double>(*recipe.steps * recipe.batchSize) / static_cast<double>(images) : 0.0;
}

std::int64_t TrainingSession::trainImages() const {
    const DatasetPtr dataset = m_datasets->peek((m_started ? m_trainedRecipe : m_document.recipe()).dataset);
    return dataset ? dataset->size(Split::Train) : 0;
}

void TrainingSession::startRun(bool paused, WeightSetPtr initial, std::optional<Checkpoint> from) {
    const bool continues = from.has_value();
    m_trainedSpec = m_document.network().spec();
    m_liveRecipe = m_document.recipe();
    if (continues) {
        // Position and schedule belong to the recipe of the run; only what is live follows the document.
        m_trainedRecipe = withLiveFields(m_trainedRecipe, m_liveRecipe);
    } else {
        m_trainedRecipe = m_liveRecipe;
    }
    m_structureChanged = false;
    m_started = true;
    m_restored = false;
    m_adopted = false;
    m_restoredBest.reset();
    m_trainsOn = m_chosen[runName(m_device)] = m_device;
    m_moving = false;
    m_moveProblem.reset();
    if (continues) {
        dropRowsAfter(from->step, m_history);
        noteWhereItGoesOn(from->step);
    } else {
        m_beganOn = runName(m_device);
        m_history = {};
        keepCheckpoint({});
        if (m_document.file() != nullptr) {
            m_run = m_document.file()->beginRun(m_trainedSpec, m_trainedRecipe, runName(m_device));
        }
    }
    std::shared_ptr<const WeightConstraint> constraint;
    if (m_keepsZeros && (initial || from)) {
        const WeightSet& pruned = initial ? *initial : from->weights;
        constraint = maskConstraint(std::make_shared<const Masks>(masksOfZeros(pruned)));
    }
    if (!constraint) m_keepsZeros = false;
    if (!continues) rememberCurrentRun();
    m_trainerRun = m_trainer.start(m_trainedSpec, [datasets = m_datasets, name = m_trainedRecipe.dataset] { return datasets->get(name); },
                    m_trainedRecipe, paused, std::move(from), std::move(initial), std::move(constraint), {}, trainingDevice(m_device));
    m_fileRuns[m_trainerRun] = m_run;
    emit runStarted();
    emit metricsArrived();
    emit changed();
}

void TrainingSession::begin(bool paused) {
    takeCheckpoints();
    if (m_structureChanged && m_lastCheckpoint) {
        const NetworkSpec& spec = m_document.network().spec();
        WeightSet fresh = initialWeights(spec, m_document.network().analysis(), m_document.recipe().seed);
        startRun(paused, std::make_shared<WeightSet>(carriedOver(m_lastCheckpoint->weights, std::move(fresh))), {});
    } else if (m_adopted && m_lastCheckpoint) {
        startRun(paused, weights(), {});
    } else if (deviceLost() && m_lastCheckpoint) {
        startRun(paused, {}, m_lastCheckpoint);
    } else if (m_restored && !m_restoredDone && m_lastCheckpoint) {
        startRun(paused, {}, m_lastCheckpoint);
    } else {
        startRun(paused, {}, {});
    }
}

void TrainingSession::play() {
    if (!canPlay() || isRunning()) return;
    if (status().state != TrainerState::Paused || m_structureChanged) return begin(false);
    m_trainer.resume();
    emit changed();
}

void TrainingSession::pause() {
    m_trainer.pause();
    emit changed();
}

void TrainingSession::stepOnce() {
    if (!canPlay() || isRunning()) return;
    if (status().state != TrainerState::Paused || m_structureChanged) begin(true);
    m_trainer.stepOnce();
}

void TrainingSession::restart() {
    if (!canPlay()) return;
    const bool run = isRunning() || m_structureChanged;
    if (m_run > 0 && m_document.file() != nullptr) m_document.file()->endRun(m_run, "cancelled", -1.0);
    startRun(!run, {}, {});
}

void TrainingSession::setRate(double rate) {
    Recipe recipe = m_document.recipe();
    recipe.rate = rate;
    m_document.setRecipe(recipe);
}

void TrainingSession::setMomentum(double momentum) {
    Recipe recipe = m_document.recipe();
    recipe.optimizer.*momentumField(recipe) = momentum;
    m_document.setRecipe(recipe);
}

void TrainingSession::setWeightDecay(double weightDecay) {
    Recipe recipe = m_document.recipe();
    recipe.weightDecay = weightDecay;
    m_document.setRecipe(recipe);
}

void TrainingSession::onSpecChanged() {
    if (!m_started) {
        emit changed();
        return;
    }
    const bool differs = !sameStructure(m_trainedSpec, m_document.network().spec());
    if (differs && isRunning()) m_trainer.pause();
    // An edit that is undone brings the trained network back: training may simply go on.
    m_structureChanged = differs;
    emit changed();
}

void TrainingSession::onOpened() {
    m_trainer.stop();
    m_fileRuns.clear();  // what still arrives belonged to the other document
    m_trainerRun = -1;
    m_history = {};
    keepCheckpoint({});
    m_restoredBest.reset();
    m_seenWeights.reset();
    m_run = 0;
    m_started = false;
    m_restored = false;
    m_adopted = false;
    m_keepsZeros = false;
    m_structureChanged = false;
    m_moving = false;
    m_moveProblem.reset();
    m_beganOn.clear();
    m_liveRecipe = m_document.recipe();
    restoreLastRun();
    restorePrecision();
    ensureDataset();
    emit metricsArrived();
    emit changed();
}

QString TrainingSession::keptWeightsText() const {
    if (!m_lastCheckpoint || m_document.network().analysis().hasErrors()) return {};
    const ParameterLayout now = makeParameterLayout(m_document.network().spec(), m_document.network().analysis());
    int layers = 0;
    int kept = 0;
    NodeId previous;
    for (const ParameterEntry& entry : now.entries) {
        if (entry.node == previous || !entry.spec.trainable) continue;
        previous = entry.node;
        ++layers;
        const ParameterEntry* old = m_lastCheckpoint->weights.layout->find(entry.node, entry.spec.name);
        if (old != nullptr && old->spec.shape == entry.spec.shape) ++kept;
    }
    if (kept == layers) return tr("All weights are kept.");
    return tr("%1 of %2 layers keep their weights, the others start fresh.").arg(kept).arg(layers);
}

bool TrainingSession::recipeWaitsForRestart() const {
    if (!m_started) return false;
    return !(withLiveFields(m_trainedRecipe, m_document.recipe()) == m_document.recipe());
}

QString TrainingSession::tierText(NodeId node) const {
    for (const LayerPlan& layer : m_trainer.plan()) {
        if (layer.node != node) continue;
        const QString tier = QString::fromUtf8(tierName(layer.tier));
        return layer.implementation.empty() ? tier : tier + QStringLiteral(", ") + QString::fromStdString(layer.implementation);
    }
    return {};
}

WeightSetPtr TrainingSession::weights() const {
    if (!m_started) return nullptr;
    if (auto latest = m_trainer.latestWeights(); latest && !m_restored) return latest;
    if (!m_checkpointWeights && m_lastCheckpoint) m_checkpointWeights = std::make_shared<WeightSet>(shownWeights(*m_lastCheckpoint));
    return m_checkpointWeights;
}

void TrainingSession::keepCheckpoint(std::optional<Checkpoint> checkpoint) {
    m_lastCheckpoint = std::move(checkpoint);
    m_checkpointWeights.reset();
}

WeightSetPtr TrainingSession::bestWeights() const {
    if (!m_started) return nullptr;
    if (!m_restored) {
        if (auto best = m_trainer.bestWeights()) return best;
    } else {
        if (!m_restoredBest && m_document.file() != nullptr) {
            auto best = m_document.file()->readBestWeights(m_run);
            if (best.ok() && *best) m_restoredBest = std::make_shared<WeightSet>(std::move(**best));
        }
        if (m_restoredBest) return m_restoredBest;
    }
    return weights();
}

void TrainingSession::drain() {
    m_notified = false;
    takeRows();
    takeCheckpoints();
    if (const WeightSetPtr latest = m_trainer.latestWeights(); latest != m_seenWeights) {
        m_seenWeights = latest;
        emit weightsArrived();
    }
    followMove();
    recordState();
    emit changed();
}

void TrainingSession::takeRows() {
    bool mine = false;
    for (bool more = true; more;) {
        const Trainer::Metrics metrics = m_trainer.takeMetrics();
        more = metrics.more;
        if (metrics.rows.isEmpty()) continue;
        const auto run = m_fileRuns.find(metrics.runId);
        if (run != m_fileRuns.end() && run->second > 0 && m_document.file() != nullptr) {
            m_document.file()->appendMetrics(run->second, metrics.rows);
        }
        if (metrics.runId != m_trainerRun) continue;
        m_history.append(metrics.rows);
        mine = true;
    }
    if (mine) emit metricsArrived();
}

void TrainingSession::takeCheckpoints() {
    std::int64_t trainerRun = 0;
    while (auto checkpoint = m_trainer.takeCheckpoint(&trainerRun)) {
        const auto run = m_fileRuns.find(trainerRun);
        if (run != m_fileRuns.end() && run->second > 0 && m_document.file() != nullptr) {
            m_document.file()->writeCheckpoint(run->second, *checkpoint);
        }
        if (trainerRun == m_trainerRun) keepCheckpoint(std::move(checkpoint));
    }
}

void TrainingSession::recordState() {
    const TrainerState state = m_trainer.status().state;
    if (state == m_lastState) return;
    m_lastState = state;
    if (m_restored) return;  // the end of a run that has given way
    ProjectFile* file = m_document.file();
    if (file == nullptr || m_run <= 0) return;
    const bool rests = state == TrainerState::Done || state == TrainerState::Failed || state == TrainerState::Cancelled ||
                       state == TrainerState::Paused;
    if (!rests) return;
    double best = -1.0;
    const bool regression = regressionUnit(m_trainedRecipe.dataset).has_value();  // knows no accuracy
    for (const EvaluationMetrics& row : m_history.validation) best = regression ? best : std::max(best, row.accuracy);
    if (const WeightSetPtr weights = m_trainer.bestWeights()) file->writeBestWeights(m_run, *weights);
    file->endRun(m_run, stateWord(state), best);
    emit runRecorded();
}

}  // namespace convolab
