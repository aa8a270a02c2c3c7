#include "app/lenses/build/build_lens.h"

#include <QShortcut>
#include <QSplitter>
#include <algorithm>

#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/graph/blocks.h"
#include "core/graph/docking.h"
#include "core/train/recipe_fit.h"
#include "datasets/catalogue.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/inspector/inspector_panel.h"
#include "widgets/instruments/cost_bars_instrument.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/palette/palette_panel.h"

namespace convolab {

namespace {

constexpr int kCurveMs = 100;

}  // namespace

BuildLens::BuildLens(Theme& theme, LabDocument& document, TrainingSession& session, CanvasView& canvas, QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_canvas(canvas) {
    m_palette = new PalettePanel(theme);
    m_inspector = new InspectorPanel(document.network(), canvas.selection(), theme);
    m_strip = new QSplitter(Qt::Horizontal);
    m_curveView = new InstrumentView(theme);
    m_curveView->setObjectName(QStringLiteral("buildCurve"));
    auto curve = std::make_unique<CurvesInstrument>();
    m_curve = curve.get();
    m_curveView->setInstrument(std::move(curve));
    m_costView = new InstrumentView(theme);
    m_costView->setObjectName(QStringLiteral("costBars"));
    auto cost = std::make_unique<CostBarsInstrument>();
    m_cost = cost.get();
    m_cost->setRowClicked([this](std::size_t row) {
        if (row < m_costNodes.size()) m_canvas.select(NodeId{m_costNodes[row]}, true);
    });
    m_costView->setInstrument(std::move(cost));
    m_strip->addWidget(m_curveView);
    m_strip->addWidget(m_costView);
    m_strip->setSizes({400, 600});
    m_refresh.setSingleShot(true);
    m_refresh.setInterval(kCurveMs);
    connect(&m_refresh, &QTimer::timeout, this, &BuildLens::refreshCurve);
    connect(m_palette, &PalettePanel::addRequested, this, [this](const QString& kind) { m_canvas.addLayer(kind.toStdString()); });
    auto* find = new QShortcut(QKeySequence(Qt::Key_Slash), &canvas);
    find->setContext(Qt::WidgetShortcut);
    connect(find, &QShortcut::activated, this, [this] { if (m_active) m_palette->focusSearch(); });
    m_inspector->setTierText([this](NodeId node) { return m_session.tierText(node); });
    connect(m_inspector, &InspectorPanel::nodeChosen, this, [this](NodeId node) { m_canvas.select(node, true); });
    connect(m_inspector, &InspectorPanel::fixChosen, this, [this](const Fix& fix) { m_canvas.applyFix(fix); });
    connect(m_inspector, &InspectorPanel::fixLookedAt, this, [this](const Fix& fix) { m_canvas.previewFix(fix); });
    connect(m_inspector, &InspectorPanel::blockFoldRequested, this,
            [this](const std::string& block, bool folded) { m_canvas.commands().setFolded(block, folded); });
    connect(m_inspector, &InspectorPanel::blockUnfoldRequested, this, [this](const std::string& block) { m_canvas.commands().unfold(block); });
    connect(m_inspector, &InspectorPanel::fixLeft, this, [this] { m_canvas.clearPreview(); });
    connect(&session, &TrainingSession::metricsArrived, this, [this] { if (m_active && !m_refresh.isActive()) m_refresh.start(); });
    connect(&session, &TrainingSession::runStarted, this, [this] { m_run.clear(); });
    connect(&document.network(), &SpecEditor::specChanged, this, &BuildLens::refreshCost);
    connect(&canvas.selection(), &CanvasSelection::changed, this, &BuildLens::refreshCost);
    refreshCost();
    refreshCurve();
}

QWidget* BuildLens::leftPanel() { return m_palette; }
QWidget* BuildLens::rightPanel() { return m_inspector; }
QWidget* BuildLens::strip() { return m_strip; }

void BuildLens::setActive(bool active) {
    m_active = active;
    if (!active) return;
    refreshCost();
    refreshCurve();
}

void BuildLens::refreshCost() {
    const NetworkSpec& spec = m_document.network().spec();
    const Analysis& analysis = m_document.network().analysis();
    std::vector<CostRow> rows;
    m_costNodes.clear();
    for (const NodeId id : analysis.order) {
        const Node* node = spec.node(id);
        const NodeAnalysis* layer = analysis.find(id);
        if (node == nullptr || layer == nullptr || node->kind == "input") continue;
        // What the canvas shows as one card stands in one row.
        const NodeId card = cardHead(spec, id);
        if (const Block* block = foldedBlock(spec, card)) {
            const auto known = std::find(m_costNodes.begin(), m_costNodes.end(), card.value);
            const auto row = static_cast<std::size_t>(known - m_costNodes.begin());
            if (known == m_costNodes.end()) {
                rows.push_back({.layer = block->name});
                m_costNodes.push_back(card.value);
            }
            rows[row].parameters += layer->cost.parameters;
            rows[row].macs += layer->cost.macs;
            rows[row].activationBytes += static_cast<double>(layer->cost.activationBytes);
            rows[row].selected = rows[row].selected || m_canvas.selection().contains(id);
            continue;
        }
        if (isDocked(spec, id) && layer->cost.parameters == 0) continue;  // costs nothing worth a row
        rows.push_back({.layer = node->name, .parameters = layer->cost.parameters, .macs = layer->cost.macs,
                        .activationBytes = static_cast<double>(layer->cost.activationBytes),
                        .selected = m_canvas.selection().contains(id)});
        m_costNodes.push_back(id.value);
    }
    m_cost->setRows(std::move(rows));
    m_costView->invalidate();
}

void BuildLens::refreshCurve() {
    m_run.setGoal(hasStepOutput(m_document.network().spec()), regressionUnit(m_document.recipe().dataset));
    m_run.update(m_session.history(), m_session.plannedEpochs());
    m_curve->setPlots({m_run.loss()});
    m_curveView->invalidate();
}

}  // namespace convolab
