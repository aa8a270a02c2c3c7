#include "widgets/canvas/card_painter.h"

#include "core/graph/block_edits.h"
#include "core/graph/kind_presets.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/layer_group_style.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>

#include <cmath>

namespace convolab {

namespace {

constexpr double kPadding = 9;

void textIn(QPainter& painter, const QRectF& box, const QString& text, QColor color, Qt::Alignment side = Qt::AlignLeft) {
    if (text.isEmpty()) return;
    painter.setPen(color);
    const QFontMetricsF metrics(painter.font());
    painter.drawText(box, int(side | Qt::AlignVCenter) | Qt::TextSingleLine, metrics.elidedText(text, Qt::ElideRight, box.width() + 0.5));
}

double textWidth(const QPainter& painter, const QString& text) { return QFontMetricsF(painter.font()).horizontalAdvance(text); }

}  // namespace

void paintTroubleDisc(QPainter& painter, QPointF centre, double diameter, Severity severity, const Tokens& tokens) {
    const double r = diameter / 2;
    const bool error = severity == Severity::Error;
    const QColor fill = toQColor(error ? tokens.error : tokens.warning);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    if (error) {
        painter.drawEllipse(centre, r, r);
    } else {
        QPainterPath triangle(centre + QPointF(0, -r));
        triangle.lineTo(centre + QPointF(r, r * 0.8));
        triangle.lineTo(centre + QPointF(-r, r * 0.8));
        triangle.closeSubpath();
        painter.drawPath(triangle);
    }
    const QColor mark = tokens.mode == ThemeMode::Dark ? QColor(0x20, 0x0A, 0x0A) : QColor(Qt::white);
    const double low = error ? 0.0 : 0.12 * diameter, scale = diameter / 20;
    painter.setBrush(mark);
    painter.drawRoundedRect(QRectF(centre.x() - scale, centre.y() - 5.5 * scale + low, 2 * scale, 7 * scale), scale, scale);
    painter.drawEllipse(centre + QPointF(0, 4.3 * scale + low), 1.25 * scale, 1.25 * scale);
}

void CardPainter::icon(QPainter& painter, GroupColor group, QPointF at, int size) const {
    icon(painter, groupIconName(group), tokens().group(group), at, size);
}

void CardPainter::icon(QPainter& painter, const QString& name, ThemeColor color, QPointF at, int size) const {
    const double ratio = std::clamp(std::ceil(painter.deviceTransform().m11() * 2) / 2, 1.0, 8.0);
    const QString key = QStringLiteral("%1 %2 %3 %4").arg(name).arg(size).arg(ratio).arg(int(tokens().mode));
    auto found = m_icons.find(key);
    if (found == m_icons.end()) found = m_icons.insert(key, iconPixmap(name, color, size, ratio));
    painter.drawPixmap(QRectF(at, QSizeF(size, size)), *found, QRectF(found->rect()));
}

void CardPainter::paintFrame(QPainter& painter, const Card& card, const CardPaint& how) const {
    const Tokens& t = tokens();
    const QRectF rect(0, 0, card::kWidth, card.height());
    QPainterPath outline;
    outline.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), metrics::kCardRadius, metrics::kCardRadius);
    QColor fill = toQColor(t.bg3);
    if (how.ghost) fill.setAlphaF(0.94F);
    painter.fillPath(outline, fill);
    painter.save();
    painter.setClipPath(outline, Qt::IntersectClip);
    painter.fillRect(QRectF(0, 0, card::kWidth, card::kBar), toQColor(card.block.isEmpty() ? t.group(card.group) : t.text3));
    painter.restore();

    QPen pen(toQColor(how.hovered ? t.line2 : t.cardLine), 1);
    if (card.trouble == Severity::Error) pen = QPen(toQColor(t.error), 1.25);
    if (how.ghost) pen = QPen(toQColor(t.ok), 1.25, Qt::DashLine);
    if (how.target) pen = QPen(toQColor(t.accent), 1.5);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(outline);
    if (how.selected) {
        painter.setPen(QPen(toQColor(t.accent), 2));
        painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), metrics::kCardRadius + 1, metrics::kCardRadius + 1);
    }
    if (how.focused && how.focusedPort < 0) {
        painter.setPen(QPen(toQColor(withAlpha(t.accent, 0.3)), 3));
        painter.drawRoundedRect(rect.adjusted(-3.5, -3.5, 3.5, 3.5), metrics::kCardRadius + 3, metrics::kCardRadius + 3);
    }
}

void CardPainter::paintHeader(QPainter& painter, const Card& card, const CardPaint&) const {
    if (card.block.isEmpty())
        icon(painter, card.group, {kPadding, card::kBar + 6}, 14);
    else
        icon(painter, QStringLiteral("block"), tokens().text3, {kPadding, card::kBar + 6}, 14);
    painter.setFont(m_theme.font(FontRole::CardName));
    const double end = card::kWidth - (card.trouble ? 16 : 6);
    textIn(painter, {kPadding + 20, card::kBar, end - kPadding - 20, card::kHeader}, card.name, toQColor(tokens().text1));
}

void CardPainter::paintBody(QPainter& painter, const Card& card) const {
    const Tokens& t = tokens();
    painter.setPen(QPen(toQColor(t.line), 1));
    const double top = card::kBar + card::kHeader;
    painter.drawLine(QPointF(1, top + 0.5), QPointF(card::kWidth - 1, top + 0.5));
    const double width = card::kWidth - 2 * kPadding;
    textIn(painter, {kPadding, top + 5, width, 14}, card.summary, toQColor(t.text2));
    textIn(painter, {kPadding, top + 19, width, 14}, card.shape, toQColor(t.text3));
}

void CardPainter::paintRows(QPainter& painter, const Card& card, const CardPaint& how) const {
    const Tokens& t = tokens();
    for (std::size_t i = 0; i < card.rows.size(); ++i) {
        const CardRow& row = card.rows[i];
        const QRectF rect = card.rowRect(i);
        if (how.selectedRows.contains(row.node)) {
            painter.fillRect(rect.adjusted(1, 1, -1, -1), toQColor(t.bg4));
            painter.fillRect(QRectF(1, rect.top() + 1, 2, rect.height() - 2), toQColor(t.accent));
        }
        painter.setPen(QPen(toQColor(t.line), 1));
        painter.drawLine(QPointF(1, rect.top() + 0.5), QPointF(card::kWidth - 1, rect.top() + 0.5));
        double left = kPadding, right = card::kWidth - kPadding;
        icon(painter, row.group, {left, rect.top() + 4}, 12);
        if (row.trouble) {
            paintTroubleDisc(painter, {right - 5, rect.center().y()}, 11, *row.trouble, t);
            right -= 15;
        }
        const double value = row.value.isEmpty() ? 0 : textWidth(painter, row.value) + 1;
        textIn(painter, {right - value, rect.top(), value, rect.height()}, row.value, toQColor(t.text3), Qt::AlignRight);
        left += 17;
        textIn(painter, {left, rect.top(), right - value - left - (value > 0 ? 4 : 0), rect.height()}, row.name, toQColor(t.text2));
    }
    if (card.parameters.isEmpty() && card.macs.isEmpty()) return;
    const double top = card.height() - card::kFooter;
    painter.setPen(QPen(toQColor(t.line), 1));
    painter.drawLine(QPointF(1, top + 0.5), QPointF(card::kWidth - 1, top + 0.5));
    const double macs = card.macs.isEmpty() ? 0 : textWidth(painter, card.macs) + 1;
    textIn(painter, {card::kWidth - kPadding - macs, top, macs, card::kFooter}, card.macs, toQColor(t.text3), Qt::AlignRight);
    textIn(painter, {kPadding, top, card::kWidth - 2 * kPadding - macs - 4, card::kFooter}, card.parameters, toQColor(t.text3));
}

void CardPainter::paintPorts(QPainter& painter, const Card& card, const CardPaint& how) const {
    const Tokens& t = tokens();
    const auto port = [&](QPointF at, int index) {
        const bool hot = how.hoveredPort == index || how.focusedPort == index;
        const double radius = metrics::kPort / 2.0 - 1 + (hot ? 1 : 0);
        painter.setBrush(toQColor(hot ? t.accent : t.bg2));
        painter.setPen(QPen(toQColor(hot ? t.accent : card.trouble == Severity::Error && index < card.inputPorts ? t.error : t.edge), 2));
        painter.drawEllipse(at, radius, radius);
        if (how.focused && how.focusedPort == index) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(toQColor(withAlpha(t.accent, 0.35)), 3));
            painter.drawEllipse(at, radius + 4, radius + 4);
        }
    };
    for (int i = 0; i < card.inputPorts; ++i) port(card.inputPort(i), i);
    if (card.outputPort) port(card.outputPortPosition(), card.inputPorts);
}

void CardPainter::paintDisc(QPainter& painter, const Card& card) const {
    if (card.trouble) paintTroubleDisc(painter, card.disc(), card::kDisc, *card.trouble, tokens());
}

void CardPainter::paint(QPainter& painter, const Card& card, const CardPaint& how, const CardDecorator* decorator) const {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    if (how.greyed)
        painter.setOpacity(painter.opacity() * 0.35);
    else if (card.faded)
        painter.setOpacity(painter.opacity() * 0.55);
    paintFrame(painter, card, how);
    const bool readable = painter.deviceTransform().m11() > 0.38;
    if (readable) {
        paintHeader(painter, card, how);
        painter.setFont(m_theme.font(FontRole::Axis));
        paintBody(painter, card);
        paintRows(painter, card, how);
    }
    if (decorator && card.slotHeight > 0) {
        painter.save();
        painter.setClipRect(card.slotRect(), Qt::IntersectClip);
        decorator->paint(painter, card.slotRect(), card.head);
        painter.restore();
    }
    paintPorts(painter, card, how);
    painter.setOpacity(1);
    paintDisc(painter, card);
    painter.restore();
}

Card CardPainter::plainCard(const std::string& kindId) {
    NetworkSpec spec;
    Analysis nothingKnown;
    if (const BlockKind* block = findBlockKind(kindId)) {
        (void)addBlock(spec, kindId, std::nullopt);
        Card card = buildCanvasModel(spec, nothingKnown).cards.front();
        card.shape.clear();
        card.name = toQString(block->label);
        return card;
    }
    const KindPreset* preset = findKindPreset(kindId);
    const NodeId id = spec.addNode(kindOfPreset(kindId));
    if (preset) applyKindPreset(spec, id, kindId);
    Card card = buildCanvasModel(spec, nothingKnown).cards.front();
    card.head = id;
    card.shape.clear();
    if (const LayerKind* kind = findLayerKind(kindId)) card.name = toQString(kind->label);
    if (preset) card.name = toQString(preset->label);
    return card;
}

QPixmap CardPainter::picture(const Card& card, double devicePixelRatio) const {
    const double margin = kMargin;
    QPixmap pixmap(QSize(int(card::kWidth + 2 * margin), int(card.height() + 2 * margin)) * devicePixelRatio);
    pixmap.setDevicePixelRatio(devicePixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(0.85);
    painter.translate(margin, margin);
    paint(painter, card, {});
    return pixmap;
}

}  // namespace convolab
