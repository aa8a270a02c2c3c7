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

QPainterPath linkCurve(QPointF from, QPointF to) {
    const double r = reach(from, to);
    QPainterPath path(from);
    path.cubicTo(from + QPointF(r, 0), to - QPointF(r, 0), to);
    return path;
}

double distanceToLink(QPointF point, QPointF from, QPointF to) {
    constexpr int kSteps = 32;
    double nearest = 1e12;
    QPointF previous = from;
    for (int i = 1; i <= kSteps; ++i) {
        const QPointF next = at(static_cast<double>(i) / kSteps, from, to), along = next - previous;
        const double length = std::max(1e-9, QPointF::dotProduct(along, along));
        const double t = std::clamp(QPointF::dotProduct(point - previous, along) / length, 0.0, 1.0);
        const QPointF away = point - (previous + t * along);
        nearest = std::min(nearest, std::hypot(away.x(), away.y()));
        previous = next;
    }
    return nearest;
}

QPointF linkMiddle(QPointF from, QPointF to) { return at(0.5, from, to); }

}  // namespace convolab
