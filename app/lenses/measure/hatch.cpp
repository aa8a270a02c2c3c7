#include "app/lenses/measure/hatch.h"

#include <QPainter>
#include <QPainterPath>

namespace convolab {

void hatch(QPainter& painter, const QRectF& rect, const QColor& color) {
    constexpr double kApart = 5.0;
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1.2));
    for (double x = rect.left() - rect.height(); x < rect.right(); x += kApart)
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()));
    painter.restore();
}

void fillBar(QPainter& painter, const QRectF& rect, const QColor& color, bool modelled, double radius) {
    if (rect.width() <= 0.0) return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    if (!modelled) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawRoundedRect(rect, radius, radius);
    } else {
        QPainterPath outline;
        outline.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
        painter.setClipPath(outline);
        hatch(painter, rect, color);
        painter.setClipping(false);
        painter.setPen(QPen(color, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(outline);
    }
    painter.restore();
}

}  // namespace convolab
