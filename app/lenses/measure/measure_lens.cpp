#include "app/lenses/measure/measure_lens.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/layer_list.h"
#include "app/lenses/measure/heat_bar.h"
#include "app/lenses/measure/heat_decorator.h"
#include "app/lenses/measure/measure_panel.h"
#include "app/lenses/measure/measure_presenters.h"
#include "app/lenses/measure/measure_strip.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/theme/theme.h"

namespace convolab {

MeasureLens::MeasureLens(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, CanvasView& canvas, QObject* parent)
    : QObject(parent), m_desk(desk), m_session(document, training, desk) {
    m_heat = std::make_unique<HeatDecorator>(theme, document.network());
    m_list = new LayerList(theme, document, canvas.selection());
    m_list->setEyesShown(true);
    m_heat->setHidden([this](NodeId node) { return m_list->isPictureHidden(node); });
    m_panel = new MeasurePanel(theme, m_session, canvas.selection());
    m_strip = new MeasureStrip(theme, document, training, desk, m_session, canvas.selection());
    m_bar = new HeatBar(theme, m_session, *m_heat, &canvas);
    connect(m_list, &LayerList::picturesChanged, this, &MeasureLens::cardsChanged);
    connect(m_strip, &MeasureStrip::message, this, &MeasureLens::message);
    connect(&m_session, &MeasureSession::changed, this, &MeasureLens::refreshCards);
    connect(&m_session, &MeasureSession::displayChanged, this, &MeasureLens::refreshCards);
    refreshCards();
}

MeasureLens::~MeasureLens() = default;

QWidget* MeasureLens::leftPanel() { return m_list; }
QWidget* MeasureLens::rightPanel() { return m_panel; }
QWidget* MeasureLens::strip() { return m_strip; }
CardDecorator* MeasureLens::decorator() { return m_heat.get(); }

void MeasureLens::setActive(bool active) {
    m_active = active;
    m_desk.probe.setActive(active);
    m_bar->setVisible(active);
    if (!active) return;
    m_bar->raise();
    refreshCards();
    m_panel->refresh();
    m_strip->refresh();
}

void MeasureLens::refreshCards() {
    const LayerMetric& metric = *findLayerMetric(m_session.metric().toStdString());
    m_heat->show(m_session.isStale() ? nullptr : m_session.card(), metric, m_session.energy().batch, m_session.measuredBatch(),
                 m_session.isStale() ? tr("changed since it was measured") : tr("not measured"));
    m_list->setNumber(metric.id == "macs" ? metricLabel(metric) : metricLabel(metric).toLower(), [this](NodeId node) {
        const LayerMetric& shown = *findLayerMetric(m_session.metric().toStdString());
        return metricText(shown, m_heat->layerValue(node, shown));
    });
    m_bar->refresh();
    if (m_active) emit cardsChanged();
}

}  // namespace convolab
