#pragma once

#include <QBrush>
#include <QColor>
#include <QRectF>

class QPainter;

namespace convolab {

/// A bar or block that says by its form whether it was measured (solid) or modelled (outlined and hatched).
void fillBar(QPainter& painter, const QRectF& rect, const QColor& color, bool modelled, double radius = 2.0);
/// Diagonal lines 5 px apart over `rect`.
void hatch(QPainter& painter, const QRectF& rect, const QColor& color);

}  // namespace convolab
