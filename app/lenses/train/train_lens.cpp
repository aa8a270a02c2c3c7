#include "app/lenses/train/train_lens.h"

#include <QStackedWidget>

#include "app/dataset_cache.h"
#include "app/lab_document.h"
#include "app/lenses/layer_list.h"
#include "app/lenses/train/rate_range_page.h"
#include "app/lenses/train/rate_range_session.h"
#include "app/lenses/train/run_list.h"
#include "app/lenses/train/training_panel.h"
#include "app/lenses/train/weights_decorator.h"
#include "app/report/regression.h"
#include "app/training_session.h"
#include "core/data/targets.h"
#include "core/inspect/fitted_line.h"
#include "core/train/recipe_fit.h"
#include "datasets/catalogue.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"

namespace convolab {

namespace {

constexpr int kCurvesMs = 100;
constexpr int kWeightsMs = 250;

}  // namespace

TrainLens::TrainLens(Theme& theme, LabDocument& document, TrainingSession& session, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_document(document), m_session(session) {
    m_list = new LayerList(theme, document, selection);
    m_list->addFooter(new RunList(theme, document, session, m_list));
    m_panel = new TrainingPanel(theme, document, session);
    m_range = new RateRangeSession(document, session, this);
    buildStrip(theme, document);
    m_weights = std::make_unique<WeightsDecorator>(theme, document.network());
    for (QTimer* timer : {&m_refresh, &m_weightsTimer}) timer->setSingleShot(true);
    m_refresh.setInterval(kCurvesMs);
    m_weightsTimer.setInterval(kWeightsMs);
    connect(&m_refresh, &QTimer::timeout, this, &TrainLens::refreshCurves);
    connect(&session, &TrainingSession::metricsArrived, this, [this] { if (m_active && !m_refresh.isActive()) m_refresh.start(); });
    connect(&session, &TrainingSession::runStarted, this, [this] { m_run.clear(); });
    connect(&session, &TrainingSession::runStarted, this, [this] { m_runRecipe = m_document.recipe(); });
    connect(&document, &LabDocument::opened, this, [this] { m_runRecipe = m_document.recipe(); });
    connect(&session, &TrainingSession::weightsArrived, this, [this] {
        if (!m_active) return;
        m_weights->setWeights(m_session.weights());
        emit cardsChanged();
        if (regressionData()) refreshCurves();
        m_weightsTimer.start();
    });
    connect(&m_weightsTimer, &QTimer::timeout, this, [this] { if (m_active && m_session.isRunning()) m_session.requestWeights(); });
    connect(&session, &TrainingSession::changed, this, [this] {
        if (m_active && regressionData() && !m_refresh.isActive()) m_refresh.start();
        if (m_active && m_session.isRunning() && !m_weightsTimer.isActive()) m_weightsTimer.start();
    });
    m_runRecipe = document.recipe();
    refreshCurves();
}

TrainLens::~TrainLens() = default;

void TrainLens::buildStrip(Theme& theme, LabDocument& document) {
    m_strip = new QStackedWidget;
    m_view = new InstrumentView(theme);
    m_view->setObjectName(QStringLiteral("trainCurves"));
    auto curves = std::make_unique<CurvesInstrument>();
    m_curves = curves.get();
    m_view->setInstrument(std::move(curves));
    m_strip->addWidget(m_view);
    auto* page = new RateRangePage(theme, document, *m_range);
    m_strip->addWidget(page);
    connect(page, &RateRangePage::closed, this, [this] { m_strip->setCurrentWidget(m_view); });
    connect(m_panel, &TrainingPanel::rangeTestRequested, this, [this, page] {
        m_strip->setCurrentWidget(page);
        if (!m_range->job().isRunning()) m_range->run({});
    });
}

QWidget* TrainLens::leftPanel() { return m_list; }
QWidget* TrainLens::rightPanel() { return m_panel; }
QWidget* TrainLens::strip() { return m_strip; }
CardDecorator* TrainLens::decorator() { return m_weights.get(); }

void TrainLens::setActive(bool active) {
    m_active = active;
    if (!active) return;
    m_weights->setWeights(m_session.weights());
    if (m_session.isRunning()) m_session.requestWeights();
    refreshCurves();
}

/// Of a regression with one input, whose samples and line can be drawn.
DatasetPtr TrainLens::regressionData() const {
    const DatasetPtr dataset = m_session.datasets().peek(m_runRecipe.dataset);
    return dataset && isRegression(*dataset) && dataset->info().imageShape.size() == 1 ? dataset : nullptr;
}

void TrainLens::refreshCurves() {
    m_run.setGoal(hasStepOutput(m_document.network().spec()), regressionUnit(m_runRecipe.dataset));
    m_run.update(m_session.history(), m_session.plannedEpochs());
    std::vector<PlotDescription> curves{m_run.loss(), m_run.accuracy()}, small{m_run.rate(), m_run.throughput()};
    if (const DatasetPtr dataset = regressionData()) {
        // A short run is over before anyone has asked for its weights.
        const WeightSetPtr weights = m_session.isRunning() ? m_session.weights() : m_session.bestWeights();
        curves.insert(curves.begin(), fitPlot(*dataset, weights ? fittedLine(m_document.network().spec(), *weights) : std::nullopt));
    }
    m_curves->setPlots(std::move(curves), std::move(small));
    m_view->invalidate();
}

}  // namespace convolab
