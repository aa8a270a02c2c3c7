#include "app/lenses/compress/tune_session.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

std::string words(const char* text) { return QCoreApplication::translate("compress", text).toStdString(); }

/// What the job brings home.
struct Tuned {
    TuneOutcome outcome;
    double seconds = 0.0;
};

}  // namespace

TuneSession::TuneSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, CompressSession& compress, QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_desk(desk), m_compress(compress) {
    connect(&m_job, &BackgroundJob::changed, this, &TuneSession::changed);
    connect(&document, &LabDocument::opened, this, [this] {
        m_job.reset();
        m_rows.clear();
        m_before.reset();
        m_steps = 0;
        emit changed();
    });
}

bool TuneSession::canStart(QString* reason) const {
    const auto say = [&](const QString& text) {
        if (reason != nullptr) *reason = text;
        return false;
    };
    const LaidPlanPtr laid = m_compress.laid();
    if (!laid || m_compress.laidWaits()) return say(tr("The plan is not computed yet"));
    if (!laid->plan.prunes() && !laid->plan.shares() && !laid->plan.quantizes()) return say(tr("Prune or quantise something first"));
    if (!m_desk.image.dataset()) return say(tr("The data set is not open"));
    if (m_session.isRunning()) return say(tr("Pause the training first"));
    if (m_job.isRunning()) return say(tr("It is running"));
    return true;
}

void TuneSession::start(const TuneOptions& options) {
    if (!canStart()) return;
    const LaidPlanPtr laid = m_compress.laid();
    m_options = options;
    m_rows.clear();
    m_steps = 0;
    m_before = m_compress.accuracy();
    const DatasetPtr dataset = m_desk.image.dataset();
    m_images = dataset->size(Split::Validation);
    m_trainings = tuneTrainings(laid->plan, options.gradual);
    TuneRequest request{.laid = laid, .dataset = dataset, .recipe = m_document.recipe(), .gradual = options.gradual};
    request.recipe.adversarial.reset();
    request.recipe.epochs = std::max<std::int64_t>(1, std::llround(options.epochs));
    request.recipe.steps.reset();
    request.recipe.rate = options.rate * kTuneRateShare;
    request.recipe.validationEvery = 0;  // a fifth of an epoch, as `convolab prune` does it
    emit changed();
    m_job.start<Tuned>(
        options.gradual ? tr("Pruning and training in turn") : tr("Fine-tuning"),
        [this, request, calibration = m_compress.calibration()](const BackgroundJob::Context& context) -> Result<Tuned> {
            QElapsedTimer clock;
            clock.start();
            const TuneWatch watch{context.progress, [&](const TuneRow& row) { context.toUi([this, row] { add(row); }); }};
            CONVOLAB_ASSIGN(TuneOutcome outcome, runTuning(request, *calibration, watch));
            return Tuned{std::move(outcome), static_cast<double>(clock.elapsed()) / 1000.0};
        },
        [this, laid, steps = m_compress.stepsAfterTuning(request.recipe, options.gradual)](Tuned tuned) {
            m_steps = tuned.outcome.steps;
            m_seconds = tuned.seconds;
            // The plan may have moved on meanwhile: the weights belong to the one that they were trained under.
            m_compress.setOverlay({laid->plan, std::move(tuned.outcome.weights), steps}, tr("Fine-tune"));
            emit finished();
        });
}

void TuneSession::add(const Row& row) {
    m_rows.push_back(row);
    emit changed();
}

PlotDescription tunePlot(const TuneSession& tune) {
    PlotDescription plot;
    plot.title = words("Fine-tuning");
    plot.xAxis = {.label = words("epoch"), .unit = "", .minimum = 0.0, .maximum = std::max(0.01, tune.epochs())};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = words("Fine-tune a plan to see its accuracy recover");
    plot.legendInside = true;
    PlotSeries accuracy, sparsity;
    accuracy.name = words("accuracy, validation (") + countText(tune.images()) + ")";
    accuracy.colorIndex = 1;
    accuracy.marker = PlotMarker::Square;
    sparsity.name = words("sparsity");
    sparsity.colorIndex = 0;
    sparsity.dashed = true;
    for (const TuneSession::Row& row : tune.rows()) {
        accuracy.x.push_back(row.epoch);
        accuracy.y.push_back(100.0 * row.accuracy);
        sparsity.x.push_back(row.epoch);
        sparsity.y.push_back(100.0 * row.sparsity);
    }
    if (!accuracy.x.empty()) {
        plot.now = tune.isRunning() ? std::optional(accuracy.x.back()) : std::nullopt;
        plot.series.push_back(std::move(accuracy));
        const bool prunes = std::any_of(sparsity.y.begin(), sparsity.y.end(), [](double share) { return share > 0; });
        if (prunes) plot.series.push_back(std::move(sparsity));
    }
    return plot;
}

}  // namespace convolab
