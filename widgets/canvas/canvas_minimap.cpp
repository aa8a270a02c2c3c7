#include "widgets/canvas/canvas_minimap.h"

#include "widgets/canvas/canvas_view.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace convolab {

CanvasMinimap::CanvasMinimap(CanvasView& view, const Theme& theme) : QWidget(&view), m_view(view), m_theme(theme) {
    setObjectName(QStringLiteral("minimap"));
    setAccessibleName(tr("Map of the network"));
    setToolTip(tr("Click or drag to look elsewhere"));
    hide();
}

void CanvasMinimap::refresh() {
    const QRectF cards = m_view.canvas().model().bounds();
    const QRectF inView = m_view.mapToScene(m_view.viewport()->rect()).boundingRect();
    setVisible(!cards.isNull() && !inView.contains(cards) && m_view.width() > 400);
    if (isHidden()) return;
    m_shown = cards.adjusted(-40, -40, 40, 40);
    const double scale = std::min(148 / m_shown.width(), 76 / m_shown.height());
    resize(std::max(60, int(m_shown.width() * scale)) + 12, std::max(24, int(m_shown.height() * scale)) + 12);
    update();
}

QTransform CanvasMinimap::toMap() const {
    const double scale = std::min((width() - 12) / m_shown.width(), (height() - 12) / m_shown.height());
    const QPointF middle = m_shown.center();
    return QTransform::fromTranslate(-middle.x(), -middle.y()) * QTransform::fromScale(scale, scale) *
           QTransform::fromTranslate(width() / 2.0, height() / 2.0);
}

void CanvasMinimap::paintEvent(QPaintEvent*) {
    const Tokens& t = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(toQColor(t.line2), 1));
    painter.setBrush(toQColor(t.bg1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    const QTransform map = toMap();
    painter.setPen(Qt::NoPen);
    for (const Card& card : m_view.canvas().model().cards) {
        QColor color = toQColor(t.group(card.group));
        color.setAlphaF(m_view.selection().contains(card.head) ? 1.0F : 0.55F);
        painter.fillRect(map.mapRect(card.rect()).adjusted(0, 0, 0.5, 0.5), color);
    }
    const QRectF inView = map.mapRect(m_view.mapToScene(m_view.viewport()->rect()).boundingRect());
    painter.setPen(QPen(toQColor(t.text2), 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(inView.intersected(QRectF(rect()).adjusted(2.5, 2.5, -2.5, -2.5)), 3, 3);
}

void CanvasMinimap::centreAt(const QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) m_view.centerOn(toMap().inverted().map(event->position()));
}

}  // namespace convolab
