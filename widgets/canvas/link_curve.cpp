#include "widgets/canvas/link_curve.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

double reach(QPointF from, QPointF to) {
    const double dx = to.x() - from.x(), dy = std::abs(to.y() - from.y());
    return dx >= 0 ? std::max(dx / 2, std::min(28.0, dy / 2)) : std::min(160.0, 40 - dx / 2);
}

QPointF at(double t, QPointF from, QPointF to) {
    const double r = reach(from, to), s = 1 - t;
    const QPointF c1 = from + QPointF(r, 0), c2 = to - QPointF(r, 0);
    return s * s * s * from + 3 * s * s * t * c1 + 3 * s * t * t * c2 + t * t * t * to;
}

}  // namespace

QPainterPath linkCurve(QPointF from, QPointF to, std::optional<double> over) {
    const double r = reach(from, to);
    QPainterPath path(from);
    if (over) {
        constexpr double kTurn = 26;
        path.cubicTo(from + QPointF(kTurn, 0), {from.x(), *over}, {from.x() + kTurn, *over});
        path.lineTo(to.x() - kTurn, *over);
        path.cubicTo({to.x(), *over}, to - QPointF(kTurn, 0), to);
        return path;
    }
    path.cubicTo(from + QPointF(r, 0), to - QPointF(r, 0), to);
    return path;
}

double distanceToLink(QPointF point, QPointF from, QPointF to, std::optional<double> over) {
    double nearest = 1e12;
    const QPolygonF curve = linkCurve(from, to, over).toSubpathPolygons().value(0);
    QPointF previous = from;
    for (const QPointF& next : curve) {
        const QPointF along = next - previous;
        const double length = std::max(1e-9, QPointF::dotProduct(along, along));
        const double t = std::clamp(QPointF::dotProduct(point - previous, along) / length, 0.0, 1.0);
        const QPointF away = point - (previous + t * along);
        nearest = std::min(nearest, std::hypot(away.x(), away.y()));
        previous = next;
    }
    return nearest;
}

QPointF linkMiddle(QPointF from, QPointF to, std::optional<double> over) {
    return over ? QPointF((from.x() + to.x()) / 2, *over) : at(0.5, from, to);
}

}  // namespace convolab
