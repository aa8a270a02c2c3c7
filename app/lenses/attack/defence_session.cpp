#include "app/lenses/attack/defence_session.h"

#include <QCoreApplication>
#include <cmath>

#include "app/devices.h"
#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/util/atomic_file.h"
#include "core/util/interval.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

namespace {

constexpr int kDrainMs = 100;

std::string words(const char* text) { return QCoreApplication::translate("attack", text).toStdString(); }

PlotSeries seriesOf(const std::string& name, std::int64_t images, int color, PlotMarker marker) {
    PlotSeries series;
    series.name = name + " (" + countText(images) + ")";
    series.colorIndex = color;
    series.marker = marker;
    return series;
}

void addShare(PlotSeries& series, double epoch, double accuracy, std::int64_t images) {
    const ShareInterval interval = wilsonInterval(std::llround(accuracy * static_cast<double>(images)), images);
    series.x.push_back(epoch);
    series.y.push_back(100 * interval.share);
    series.low.push_back(100 * interval.low);
    series.high.push_back(100 * interval.high);
}

}  // namespace

PlotDescription defencePlot(const History& history, double epochs) {
    PlotDescription plot;
    plot.title = words("Defended copy");
    plot.note = words("validation images");
    plot.xAxis = {.label = words("epoch"), .unit = "", .minimum = 0.0, .maximum = epochs};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = words("Waiting for the first validation …");
    plot.legendInside = true;
    if (!history.steps.empty()) plot.now = history.steps.back().epoch;
    if (!history.validation.empty()) {
        PlotSeries clean = seriesOf(words("clean"), history.validation.back().images, 0, PlotMarker::Circle);
        for (const EvaluationMetrics& row : history.validation) addShare(clean, row.epoch, row.accuracy, row.images);
        plot.series.push_back(std::move(clean));
    }
    if (!history.robust.empty()) {
        PlotSeries fgsm = seriesOf("FGSM", history.robust.back().images, 1, PlotMarker::Square);
        PlotSeries pgd = seriesOf("PGD 10", history.robust.back().images, 3, PlotMarker::Diamond);
        for (const RobustMetrics& row : history.robust) {
            addShare(fgsm, row.epoch, row.fgsm, row.images);
            addShare(pgd, row.epoch, row.pgd, row.images);
        }
        plot.series.push_back(std::move(fgsm));
        plot.series.push_back(std::move(pgd));
    }
    return plot;
}

DefenceSession::DefenceSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_desk(desk) {
    m_drainTimer.setSingleShot(true);
    m_drainTimer.setInterval(kDrainMs);
    connect(&m_drainTimer, &QTimer::timeout, this, &DefenceSession::drain);
    m_trainer.setNotify([this] {
        if (m_notified.exchange(true)) return;
        QMetaObject::invokeMethod(this, [this] { if (!m_drainTimer.isActive()) m_drainTimer.start(); }, Qt::QueuedConnection);
    });
    connect(&document, &LabDocument::opened, this, &DefenceSession::discard);
    connect(&session, &TrainingSession::changed, this, [this] {
        if (m_session.isRunning() == m_shared) return;
        m_shared = m_session.isRunning();
        emit changed();
    });
}

DefenceSession::~DefenceSession() { m_trainer.setNotify({}); }

bool DefenceSession::canTrain(QString* reason) const {
    const auto say = [&](const QString& text) {
        if (reason != nullptr) *reason = text;
        return false;
    };
    if (!m_desk.probe.weights()) return say(m_desk.probe.problem().isEmpty() ? tr("the network is not ready") : m_desk.probe.problem());
    if (m_session.datasets().peek(m_document.recipe().dataset) == nullptr) return say(tr("the data set is not open"));
    return true;
}

void DefenceSession::train(const AdversarialSpec& adversarial, std::int64_t epochs) {
    if (!canTrain()) return;
    m_network = m_document.network().spec();
    m_network.name += tr(", defended").toStdString();
    m_recipe = m_document.recipe();
    m_recipe.adversarial = adversarial;
    m_recipe.epochs = epochs;
    m_recipe.steps.reset();
    m_history = {};
    m_checkpoint.reset();
    m_weights.reset();
    m_started = true;
    m_beganTrained = !m_desk.probe.untrained();
    const DatasetPtr dataset = m_session.datasets().peek(m_recipe.dataset);
    m_run = m_trainer.start(m_network, [dataset]() -> Result<DatasetPtr> { return dataset; }, m_recipe, false, {},
                            m_beganTrained ? m_desk.probe.weights() : nullptr);
    emit weightsChanged();
    emit changed();
}

void DefenceSession::discard() {
    m_trainer.stop();
    m_run = -1;
    m_started = false;
    m_history = {};
    m_checkpoint.reset();
    m_weights.reset();
    emit weightsChanged();
    emit changed();
}

TrainerStatus DefenceSession::status() const { return m_started ? m_trainer.status() : TrainerStatus{}; }

bool DefenceSession::isRunning() const {
    const TrainerState state = status().state;
    return state == TrainerState::Running || state == TrainerState::Preparing;
}

bool DefenceSession::documentTrains() const { return m_session.isRunning(); }

std::string DefenceSession::warning() const { return catastrophicOverfitting(m_history); }

std::optional<RobustnessSubject> DefenceSession::subject() const {
    if (!m_started || !m_weights) return std::nullopt;
    return RobustnessSubject{true, m_network, m_weights};
}

void DefenceSession::drain() {
    m_notified = false;
    for (bool more = true; more;) {
        const Trainer::Metrics metrics = m_trainer.takeMetrics();
        more = metrics.more;
        if (metrics.runId == m_run) m_history.append(metrics.rows);
    }
    std::int64_t run = 0;
    while (auto checkpoint = m_trainer.takeCheckpoint(&run)) {
        if (run == m_run) m_checkpoint = std::move(checkpoint);
    }
    if (m_started && m_trainer.status().runId == m_run) {
        WeightSetPtr weights = m_trainer.bestWeights();
        if (!weights) weights = m_trainer.latestWeights();
        if (weights && weights != m_weights && !(m_weights && weights->step == m_weights->step)) {
            m_weights = std::move(weights);
            emit weightsChanged();
        }
    }
    emit changed();
}

Result<QString> DefenceSession::writeDocument() {
    if (isRunning() || !m_checkpoint || !m_weights) {
        return Error{ErrorCode::InvalidArgument, "the copy has nothing to write yet", {}, "pause its training, or wait for its end"};
    }
    const std::filesystem::path path = freshUnnamedFile(m_network.name);
    CONVOLAB_RETURN_IF_ERROR(makeFolder(path.parent_path()));
    CONVOLAB_ASSIGN(const auto file, ProjectFile::create(path));
    file->writeSpec(m_network);
    file->writeRecipe(m_recipe);
    const std::int64_t run = file->beginRun(m_network, m_recipe, devices().front().id);
    file->appendMetrics(run, m_history);
    // The weights that the curves show: a run that has ended is not resumed.
    Checkpoint checkpoint = *m_checkpoint;
    checkpoint.weights = *m_weights;
    file->writeCheckpoint(run, checkpoint);
    file->writeBestWeights(run, *m_weights);
    file->endRun(run, "done", checkpoint.bestAccuracy);
    CONVOLAB_RETURN_IF_ERROR(file->flush());
    return QString::fromStdString(path.string());
}

}  // namespace convolab
