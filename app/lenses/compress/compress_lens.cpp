#include "app/lenses/compress/compress_lens.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/action_section.h"
#include "app/lenses/compress/compress_panel.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_strip.h"
#include "app/lenses/compress/layer_section.h"
#include "app/lenses/compress/plan_decorator.h"
#include "app/lenses/layer_list.h"
#include "core/graph/docking.h"
#include "widgets/canvas/canvas_selection.h"

namespace convolab {

CompressLens::CompressLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_document(document), m_desk(desk), m_selection(selection), m_compress(document, session, desk),
      m_tune(document, session, desk, m_compress), m_dense(desk, m_compress), m_sensitivity(desk, m_compress), m_errors(desk, m_compress),
      m_stages(document, desk, m_compress), m_recipe(document, session, desk, m_compress, m_stages), m_exports(document, desk, m_compress, m_stages) {
    m_decorator = std::make_unique<PlanDecorator>(theme, document.network());
    m_list = new LayerList(theme, document, selection);
    m_list->setNumber(tr("bits · sparsity"), [this](NodeId node) {
        const LaidPlanPtr laid = m_compress.laid();
        const LayerFigures* figures = laid ? laid->figures.find(node) : nullptr;
        return figures != nullptr ? QString::fromStdString(layerNumber(*figures)) : QStringLiteral("–");
    });
    m_list->setEyesShown(true);
    m_decorator->setHidden([this](NodeId node) { return m_list->isPictureHidden(node); });
    m_panel = new CompressPanel(theme, document, {session, desk, m_compress, m_tune, m_dense, m_stages, m_recipe, m_exports});
    m_strip = new CompressStrip(theme, m_compress, m_sensitivity, m_tune, m_errors);
    connect(m_list, &LayerList::picturesChanged, this, &CompressLens::cardsChanged);
    connect(&m_selection, &CanvasSelection::changed, this, &CompressLens::followSelection);
    connect(&m_compress, &CompressSession::laidChanged, this, &CompressLens::refreshCards);
    connect(m_panel, &CompressPanel::layerChosen, this, [this](NodeId layer) { m_selection.only(layer); });
    connect(m_strip, &CompressStrip::layerChosen, this, [this](NodeId layer) { m_selection.only(layer); });
    connect(&m_errors, &ErrorSession::changed, this, &CompressLens::refreshCards);
    connect(m_panel, &CompressPanel::trainRequested, this, &CompressLens::trainRequested);
    connect(&m_panel->actions(), &ActionSection::message, this, &CompressLens::message);
    connect(&m_panel->actions(), &ActionSection::tuningStarted, m_strip, &CompressStrip::showFineTuning);
    connect(m_strip, &CompressStrip::message, this, &CompressLens::message);
    connect(&document, &LabDocument::opened, &m_sensitivity, &SensitivitySession::clear);
    connect(&document, &LabDocument::opened, this, &CompressLens::followSelection);
}

CompressLens::~CompressLens() = default;

QWidget* CompressLens::leftPanel() { return m_list; }
QWidget* CompressLens::rightPanel() { return m_panel; }
QWidget* CompressLens::strip() { return m_strip; }
CardDecorator* CompressLens::decorator() { return m_decorator.get(); }

void CompressLens::setActive(bool active) {
    m_active = active;
    m_compress.setActive(active);
    if (!active) return;
    followSelection();
    refreshCards();
    m_strip->refresh();
}

/// The largest one: that is where there is something to gain.
NodeId CompressLens::firstLayer() const {
    NodeId largest;
    std::int64_t most = -1;
    for (const NodeId layer : compressibleLayers(m_document.network().spec())) {
        const NodeAnalysis* analysis = m_document.network().analysis().find(layer);
        const std::int64_t parameters = analysis != nullptr ? analysis->cost.parameters : 0;
        if (parameters > most) {
            most = parameters;
            largest = layer;
        }
    }
    return largest;
}

void CompressLens::followSelection() {
    if (!m_active) return;
    const auto layers = compressibleLayers(m_document.network().spec());
    const auto known = [&](NodeId layer) { return std::find(layers.begin(), layers.end(), layer) != layers.end(); };
    NodeId layer = m_selection.current();
    if (layer && !known(layer) && isDocked(m_document.network().spec(), layer)) {
        // A docked row stands for the card that it lies in.
        for (const NodeId each : layers) {
            const auto rows = dockedLayers(m_document.network().spec(), each);
            if (std::find(rows.begin(), rows.end(), layer) != rows.end()) layer = each;
        }
    }
    if (!known(layer)) layer = known(m_panel->layerSection().layer()) ? m_panel->layerSection().layer() : firstLayer();
    m_panel->setLayer(layer);
}

void CompressLens::refreshCards() {
    if (!m_active) return;
    m_decorator->showErrors(m_errors.rows(), m_errors.isStale());
    m_decorator->show(m_compress.laid(), m_compress.laidWaits(), m_compress.problem());
    m_list->refreshNumbers();
    emit cardsChanged();
}

}  // namespace convolab
