// The curve of an edge: cubic, with horizontal ends.
#pragma once

#include <QPainterPath>
#include <QPointF>

namespace convolab {

QPainterPath linkCurve(QPointF from, QPointF to);
double distanceToLink(QPointF point, QPointF from, QPointF to);
QPointF linkMiddle(QPointF from, QPointF to);

}  // namespace convolab
