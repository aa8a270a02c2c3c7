// The curve of an edge: cubic, with horizontal ends. One that would run behind other cards goes `over` them: up to that
// height, along, and down again. One that leads back to the start of the next line goes down to that height, back, and
// down to its end.
#pragma once

#include <QPainterPath>
#include <QPointF>

#include <optional>

namespace convolab {

QPainterPath linkCurve(QPointF from, QPointF to, std::optional<double> over = {});
double distanceToLink(QPointF point, QPointF from, QPointF to, std::optional<double> over = {});
QPointF linkMiddle(QPointF from, QPointF to, std::optional<double> over = {});

}  // namespace convolab
