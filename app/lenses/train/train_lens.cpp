#include "app/lenses/train/train_lens.h"

#include <QStackedWidget>

#include "app/lab_document.h"
#include "app/lenses/layer_list.h"
#include "app/lenses/train/rate_range_page.h"
#include "app/lenses/train/rate_range_session.h"
#include "app/lenses/train/run_list.h"
#include "app/lenses/train/training_panel.h"
#include "app/lenses/train/weights_decorator.h"
#include "app/training_session.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"

namespace convolab {

namespace {

constexpr int kCurvesMs = 100;
constexpr int kWeightsMs = 250;

}  // namespace

TrainLens::TrainLens(Theme& theme, LabDocument& document, TrainingSession& session, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_session(session) {
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
    connect(&session, &TrainingSession::weightsArrived, this, [this] {
        if (!m_active) return;
        m_weights->setWeights(m_session.weights());
        emit cardsChanged();
        m_weightsTimer.start();
    });
    connect(&m_weightsTimer, &QTimer::timeout, this, [this] { if (m_active && m_session.isRunning()) m_session.requestWeights(); });
    connect(&session, &TrainingSession::changed, this, [this] {
        if (m_active && m_session.isRunning() && !m_weightsTimer.isActive()) m_weightsTimer.start();
    });
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

void TrainLens::refreshCurves() {
    m_run.update(m_session.history(), m_session.plannedEpochs());
    std::vector<PlotDescription> curves{m_run.loss(), m_run.accuracy()}, small{m_run.rate(), m_run.throughput()};
    for (const TrainingSession::DeviceMove& move : m_session.deviceMoves()) {
        for (PlotDescription* plot : {&curves[0], &curves[1], &small[1]}) plot->events.push_back({move.epoch, move.device});
    }
    m_curves->setPlots(std::move(curves), std::move(small));
    m_view->invalidate();
}

}  // namespace convolab
