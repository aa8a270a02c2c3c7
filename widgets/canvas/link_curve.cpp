#include "widgets/canvas/link_curve.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr double kTurn = 26;  // how long a line that goes over cards takes up and down
constexpr double kGap = 56;   // between two cards of a row: there a line changes rows

double reach(QPointF from, QPointF to) {
    const double dx = to.x() - from.x(), dy = std::abs(to.y() - from.y());
    return dx >= 0 ? std::max(dx / 2, std::min(28.0, dy / 2)) : std::min(160.0, 40 - dx / 2);
}

QPointF at(double t, QPointF from, QPointF to) {
    const double r = reach(from, to), s = 1 - t;
    const QPointF c1 = from + QPointF(r, 0), c2 = to - QPointF(r, 0);
    return s * s * s * from + 3 * s * s * t * c1 + 3 * s * t * t * c2 + t * t * t * to;
}

// Between two lines: straight runs with round corners.
QPainterPath backCurve(QPointF from, QPointF to, double height) {
    constexpr double kOut = 5, kRadius = 14;
    const double down = std::clamp((height - from.y()) / 2, 0.0, kRadius), on = std::clamp((to.y() - height) / 2, 0.0, kRadius);
    const double right = from.x() + kOut, left = to.x() - kOut;
    QPainterPath path(from);
    path.lineTo(right, from.y());
    path.quadTo(right + down, from.y(), right + down, from.y() + down);
    path.lineTo(right + down, height - down);
    path.quadTo(right + down, height, right, height);
    path.lineTo(left, height);
    path.quadTo(left - on, height, left - on, height + on);
    path.lineTo(left - on, to.y() - on);
    path.quadTo(left - on, to.y(), left, to.y());
    path.lineTo(to);
    return path;
}

}  // namespace

QPainterPath linkCurve(QPointF from, QPointF to, const LinkRoute& route) {
    if (route.over && to.x() < from.x()) return backCurve(from, to, *route.over);
    QPainterPath path(from);
    if (route.over) {
        path.cubicTo(from + QPointF(kTurn, 0), {from.x(), *route.over}, {from.x() + kTurn, *route.over});
        path.lineTo(to.x() - kTurn, *route.over);
        path.cubicTo({to.x(), *route.over}, to - QPointF(kTurn, 0), to);
        return path;
    }
    const bool isLong = to.x() - from.x() > kGap;
    const QPointF begin = isLong && route.turn == LinkRoute::Turn::AtEnd ? QPointF(to.x() - kGap, from.y()) : from;
    const QPointF end = isLong && route.turn == LinkRoute::Turn::AtStart ? QPointF(from.x() + kGap, to.y()) : to;
    if (begin != from) path.lineTo(begin);
    const double r = reach(begin, end);
    path.cubicTo(begin + QPointF(r, 0), end - QPointF(r, 0), end);
    if (end != to) path.lineTo(to);
    return path;
}

double distanceToLink(QPointF point, QPointF from, QPointF to, const LinkRoute& route) {
    double nearest = 1e12;
    const QPolygonF curve = linkCurve(from, to, route).toSubpathPolygons().value(0);
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

QPointF linkPoint(double along, QPointF from, QPointF to, const LinkRoute& route) {
    if (route.over) {
        const double begin = from.x() + kTurn, end = to.x() - kTurn;
        return {begin + along * (end - begin), *route.over};
    }
    return route.turn == LinkRoute::Turn::Between ? at(along, from, to) : linkCurve(from, to, route).pointAtPercent(along);
}

}  // namespace convolab
