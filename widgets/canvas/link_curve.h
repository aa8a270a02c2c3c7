// The curve of an edge: with horizontal ends, and past the cards in its way: over them, or straight along one of the two
// rows that it joins. One that leads back to the start of the next line goes down to a height between the two, back, and
// down to its end.
#pragma once

#include <QPainterPath>
#include <QPointF>

#include <optional>

namespace convolab {

struct LinkRoute {
    enum class Turn { Between, AtStart, AtEnd };  // where it goes from row to row: all the way, or within a gap
    Turn turn = Turn::Between;
    std::optional<double> over{};  // the height of a line over the cards between two of one row, or between two lines
    bool operator==(const LinkRoute&) const = default;
};

QPainterPath linkCurve(QPointF from, QPointF to, const LinkRoute& route = {});
double distanceToLink(QPointF point, QPointF from, QPointF to, const LinkRoute& route = {});
QPointF linkPoint(double along, QPointF from, QPointF to, const LinkRoute& route = {});  // 0 at `from`, 1 at `to`

}  // namespace convolab
