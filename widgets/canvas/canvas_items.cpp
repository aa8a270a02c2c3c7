#include "widgets/canvas/canvas_items.h"

#include "widgets/canvas/link_curve.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace convolab {

namespace {

QFont labelFont() {
    QFont font = themeFont(FontRole::Axis);
    font.setPixelSize(10);
    return font;
}

}  // namespace

QRectF shapeLabelBox(const Link& link, QPointF from, QPointF to, double along) {
    const double width = QFontMetricsF(labelFont()).horizontalAdvance(link.shape);
    const QPointF on = linkPoint(along, from, to, link.route);
    return {on.x() - width / 2 - 2, on.y() - 18, width + 4, 13};
}

CardItem::CardItem(const CardPainter& painter, Card card) : m_painter(painter), m_card(std::move(card)) {
    setPos(m_card.position);
    setZValue(2);
    setCacheMode(QGraphicsItem::DeviceCoordinateCache);
}

QRectF CardItem::boundingRect() const {
    const double m = CardPainter::kMargin;
    return QRectF(0, 0, card::kWidth, m_card.height()).adjusted(-m, -m, m, m);
}

void CardItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    m_painter.paint(*painter, m_card, m_look, m_decorator);
}

void CardItem::setCard(const Card& card) {
    if (card.height() != m_card.height()) prepareGeometryChange();
    m_card = card;
    update();
}

void CardItem::setDecorator(const CardDecorator* decorator) {
    m_decorator = decorator;
    update();
}

void CardItem::setLook(const CardPaint& look) {
    m_look = look;
    setZValue(look.selected || !look.selectedRows.empty() ? 3 : 2);
    update();
}

LinkItem::LinkItem(const CardPainter& painter, Link link) : m_painter(painter), m_link(std::move(link)) { setZValue(1); }

QRectF LinkItem::boundingRect() const {
    // The shape's text may be wider than a short edge.
    return linkCurve(m_from, m_to, m_link.route).boundingRect().adjusted(-4, -4, 4, 4) | labelBox().adjusted(-2, -2, 2, 2);
}

void LinkItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    LinkPaint how = m_look;
    how.showShape = how.showShape || how.selected || how.hovered;
    how.labelAlong = m_labelAlong;
    if (m_decorator) how.look = m_decorator->edge(m_link.fromCard, m_link.toCard);
    paintLink(*painter, m_painter.tokens(), m_from, m_to, m_link, how);
}

void LinkItem::setLink(const Link& link) {
    if (link == m_link) return;
    if (link.route != m_link.route || link.shape != m_link.shape) prepareGeometryChange();
    m_link = link;
    update();
}

void LinkItem::setDecorator(const CardDecorator* decorator) {
    m_decorator = decorator;
    update();
}

void LinkItem::setEnds(QPointF from, QPointF to) {
    if (from == m_from && to == m_to) return;
    prepareGeometryChange();
    m_from = from;
    m_to = to;
}

void LinkItem::setLabelAlong(double along) {
    if (along == m_labelAlong) return;
    prepareGeometryChange();
    m_labelAlong = along;
}

void LinkItem::setLook(const LinkPaint& look) {
    if (look == m_look) return;
    m_look = look;
    update();
}

void FrameItem::setFrame(const BlockFrame& frame) {
    m_frame = frame;
    setRect(frame.rect);
    update();
}

void FrameItem::setRect(const QRectF& rect) {
    if (rect == m_rect) return;
    prepareGeometryChange();
    m_rect = rect;
}

void FrameItem::paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) {
    const Tokens& t = m_theme.current();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(toQColor(t.line2), 1));
    painter->setBrush(toQColor(withAlpha(t.bg3, 0.35)));
    painter->drawRoundedRect(m_rect.adjusted(0.5, 0.5, -0.5, -0.5), metrics::kBlockRadius, metrics::kBlockRadius);
    if (painter->deviceTransform().m11() < 0.38) return;
    const QRectF title = frameTitle(m_rect).adjusted(12, 3, -12, 3);
    painter->setFont(m_theme.font(FontRole::CardName));
    const double name = QFontMetricsF(painter->font()).horizontalAdvance(m_frame.name);
    painter->setPen(toQColor(t.text2));
    painter->drawText(title, int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine, m_frame.name);
    painter->setFont(m_theme.font(FontRole::Axis));
    painter->setPen(toQColor(t.text3));
    painter->drawText(title.adjusted(name + 8, 0, 0, 0), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine, m_frame.title);
}

void paintLink(QPainter& painter, const Tokens& t, QPointF from, QPointF to, const Link& link, const LinkPaint& how) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (link.faded) painter.setOpacity(0.55);
    if (how.greyed) painter.setOpacity(0.35);
    const bool valued = how.look && !link.wrong && !how.ghost;
    ThemeColor color = link.wrong ? t.error : valued ? how.look->color : t.edge;
    if (how.ghost) color = t.ok;
    if (how.selected || how.target) color = t.accent;
    else if (how.hovered && !link.wrong) color = t.text2;
    const double thickness = how.target ? 3 : how.selected ? 2.25 : metrics::kEdgeWidth;
    QPen pen(toQColor(color), valued ? std::max(thickness, how.look->width) : thickness);
    if (how.ghost) pen.setStyle(Qt::DashLine);
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    if (from.y() == to.y() && to.x() >= from.x() && !link.route.over)
        painter.drawLine(from, to);
    else
        painter.drawPath(linkCurve(from, to, link.route));
    if ((link.shapeChanges || how.showShape) && !link.shape.isEmpty() && painter.deviceTransform().m11() > 0.38) {
        painter.setFont(labelFont());
        const QRectF box = shapeLabelBox(link, from, to, how.labelAlong);
        QColor behind = toQColor(t.bg2);
        behind.setAlpha(215);
        painter.fillRect(box, behind);
        painter.setPen(toQColor(how.ghost ? t.ok : link.wrong ? t.error : t.text2));
        painter.drawText(box, int(Qt::AlignCenter) | Qt::TextSingleLine, link.shape);
    }
    painter.restore();
}

}  // namespace convolab
