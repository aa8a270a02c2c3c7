#include "app/lenses/measure/heat_decorator.h"

#include <QCoreApplication>
#include <QPainter>
#include <algorithm>

#include "app/lenses/block_note.h"
#include "app/lenses/measure/hatch.h"
#include "app/lenses/measure/measure_presenters.h"
#include "core/graph/blocks.h"
#include "core/graph/docking.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/maps/value_scale.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kInset = 8, kTop = 8, kBlock = 104, kMeter = 28, kGap = 8, kBar = 5, kLine = 14;
constexpr int kSlot = 240;
constexpr const char* kMeters[] = {"time", "energy", "moved", "macs"};

QString tr(const char* text) { return QCoreApplication::translate("measure", text); }

/// Short, for a card.
QString meterName(const LayerMetric& metric) { return metric.id == "moved" ? tr("moved") : metric.id == "macs" ? tr("MACs") : metricLabel(metric).toLower(); }

QString meterText(const LayerMetric& metric, const std::optional<double>& value) {
    if (!value) return QStringLiteral("–");
    if (metric.unit.empty()) return QString::fromStdString(compactText(*value));
    return metricText(metric, value);
}

}  // namespace

void HeatDecorator::show(std::shared_ptr<const LaserCard> card, const LayerMetric& metric, std::int64_t batch, std::int64_t measuredBatch,
                         const QString& problem) {
    m_card = std::move(card);
    m_metric = &metric;
    m_batch = batch;
    m_measuredBatch = measuredBatch;
    m_problem = problem;
    m_values.clear();
}

// Folding a block changes which layers run in which card.
void HeatDecorator::beginLayout() { m_values.clear(); }

int HeatDecorator::slotHeight(NodeId head) const { return m_editor.spec().node(head) != nullptr ? kSlot : 0; }

const HeatDecorator::Values& HeatDecorator::values(const LayerMetric& metric) const {
    const auto known = m_values.find(&metric);
    if (known != m_values.end()) return known->second;
    Values values;
    for (std::size_t i = 0; m_card && i < m_card->work.size(); ++i) {
        const auto value = metric.value(*m_card, i, metric.id == "time" ? m_measuredBatch : m_batch);
        if (!value) continue;
        const NodeId node = m_card->work[i].node;
        values.layers[node] = *value;
        values.total += *value;
        if (m_editor.spec().node(node) != nullptr) values.cards[cardHead(m_editor.spec(), node)] += *value;
    }
    for (const auto& [head, value] : values.cards) values.largest = std::max(values.largest, value);
    const BatchLatency* latency = m_card ? m_card->latency.find(m_measuredBatch) : nullptr;
    if (metric.id == "time" && latency != nullptr) values.total = latency->perImage();
    return m_values[&metric] = std::move(values);
}

std::optional<double> HeatDecorator::layerValue(NodeId node, const LayerMetric& metric) const {
    const auto& layers = values(metric).layers;
    const auto found = layers.find(node);
    return found == layers.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> HeatDecorator::cardValue(NodeId head, const LayerMetric& metric) const {
    const auto& cards = values(metric).cards;
    const auto found = cards.find(head);
    return found == cards.end() ? std::nullopt : std::optional(found->second);
}

double HeatDecorator::largest(const LayerMetric& metric) const { return values(metric).largest; }

double HeatDecorator::total(const LayerMetric& metric) const { return values(metric).total; }

ThemeColor HeatDecorator::heat(NodeId head) const {
    const double most = m_metric != nullptr ? largest(*m_metric) : 0.0;
    const auto value = m_metric != nullptr ? cardValue(head, *m_metric) : std::nullopt;
    return sequentialColor(value && most > 0.0 ? *value / most : 0.0);
}

void HeatDecorator::paint(QPainter& painter, const QRectF& slot, NodeId head) const {
    const Tokens& t = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    if (!m_card || m_metric == nullptr) {
        painter.setPen(toQColor(t.text3));
        painter.drawText(slot.adjusted(kInset, 0, -kInset, 0), int(Qt::AlignCenter) | Qt::TextWordWrap, m_problem);
        return;
    }
    const double meters = kMeter * static_cast<double>(std::size(kMeters));
    const bool both = slot.height() >= 60 + kGap + meters;
    const double block = std::min(kBlock, slot.height() - 2 * kTop - (both ? meters + kGap : 0));
    const QRectF area(slot.left() + kInset, slot.top() + kTop, slot.width() - 2 * kInset, std::max(0.0, block));
    if (!m_hidden || !m_hidden(pictureHead(m_editor.spec(), head))) paintBlock(painter, area, head);
    if (both) paintMeters(painter, QRectF(area.left(), area.bottom() + kGap, area.width(), meters), head);
}

void HeatDecorator::paintBlock(QPainter& painter, const QRectF& block, NodeId head) const {
    const Tokens& t = m_theme.current();
    const auto value = cardValue(head, *m_metric);
    const ThemeColor color = heat(head);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toQColor(value ? color : t.bg4));
    painter.drawRoundedRect(block, 4, 4);
    painter.restore();
    const ThemeColor ink = value ? inkOn(color) : t.text3;
    if (!value) {
        painter.setPen(toQColor(t.text3));
        painter.drawText(block, Qt::AlignCenter, QStringLiteral("–"));
        return;
    }
    // Modelled: hatched along the lower edge, where no figure stands.
    if (m_metric->modelled && block.height() > 40)
        hatch(painter, QRectF(block.left() + 2, block.bottom() - 10, block.width() - 4, 8), toQColor(withAlpha(ink, 0.45)));
    const FigureText figure = figureText(*m_metric, *value);
    const double whole = total(*m_metric);
    QString small = figure.unit;
    if (whole > 0.0) small += QStringLiteral(" · ") + QString::fromStdString(percentText(*value / whole, 0));
    painter.setPen(toQColor(ink));
    painter.setFont(m_theme.font(block.height() > 44 ? FontRole::HeatCell : FontRole::Body));
    painter.drawText(QRectF(block.left(), block.center().y() - 24, block.width(), 26), Qt::AlignCenter, figure.number);
    painter.setFont(m_theme.font(FontRole::Axis));
    painter.drawText(QRectF(block.left(), block.center().y() + 3, block.width(), 16), Qt::AlignCenter, small);
}

void HeatDecorator::paintMeters(QPainter& painter, const QRectF& area, NodeId head) const {
    const Tokens& t = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Axis));
    for (std::size_t i = 0; i < std::size(kMeters); ++i) {
        const LayerMetric& metric = *findLayerMetric(kMeters[i]);
        const auto value = cardValue(head, metric);
        const QRectF row(area.left(), area.top() + kMeter * static_cast<double>(i), area.width(), kMeter);
        const QRectF line(row.left(), row.top(), row.width(), kLine);
        painter.setPen(toQColor(t.text3));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignLeft), meterName(metric));
        painter.setPen(toQColor(value ? t.text1 : t.text3));
        painter.drawText(line, int(Qt::AlignVCenter | Qt::AlignRight), meterText(metric, value));
        const QRectF trough(row.left(), line.bottom() + 2, row.width(), kBar);
        fillBar(painter, trough, toQColor(t.bg4), false);
        const double most = largest(metric);
        if (!value || most <= 0.0 || *value <= 0.0) continue;
        const double width = std::max(1.5, trough.width() * *value / most);
        const bool shown = &metric == m_metric;
        fillBar(painter, QRectF(trough.topLeft(), QSizeF(width, kBar)), toQColor(shown ? heat(head) : t.text3), metric.modelled && !shown);
    }
}

QString HeatDecorator::hint(const QRectF& slot, NodeId head, QPointF at) const {
    if (!m_card || m_metric == nullptr || !slot.contains(at)) return {};
    QStringList parts;
    for (const char* id : kMeters) {
        const LayerMetric& metric = *findLayerMetric(id);
        const auto value = cardValue(head, metric);
        if (!value) continue;
        QString part = QStringLiteral("%1 %2").arg(metricLabel(metric), metricText(metric, value));
        if (metric.id == "time") part += tr(" (measured, batch %1)").arg(m_measuredBatch);
        if (metric.modelled) part += tr(" (modelled, batch %1)").arg(m_batch);
        parts << part;
    }
    return withNote(blockSumNote(m_editor.spec(), head), parts.join(QStringLiteral(" · ")));
}

}  // namespace convolab
