#include "widgets/canvas/link_route.h"

#include "core/graph/layout.h"
#include "widgets/canvas/link_curve.h"

#include <algorithm>

namespace convolab {

namespace {

constexpr double kApart = 9;  // between a line and the cards that it passes

// The height of a line above the cards that stand between the two in their row; nothing if there are none.
std::optional<double> heightOver(const CanvasModel& model, const Card& from, const Card& to) {
    const double left = from.position.x() + card::kWidth, right = to.position.x();
    const double upper = std::min(from.position.y(), to.position.y()), lower = std::max(from.position.y(), to.position.y()) + card::kFirstPort;
    std::optional<double> top;
    for (const Card& each : model.cards) {
        const QRectF rect = each.rect();
        if (rect.left() < left || rect.right() > right || rect.bottom() < upper || rect.top() > lower) continue;
        if (each.head != from.head && each.head != to.head) top = std::min(top.value_or(rect.top()), rect.top());
    }
    return top ? std::optional(std::min(*top, upper) - kApart) : std::nullopt;
}

// The height between two lines at which a link runs back to the start of the next one: close above that line.
std::optional<double> heightBetween(const CanvasModel& model, const Card& from, const Card& to) {
    constexpr double kAbove = 24, kLeast = 5;
    if (!beginsLine({from.position.x(), from.position.y()}, {to.position.x(), to.position.y()})) return std::nullopt;
    double floor = from.rect().bottom(), ceiling = to.position.y();
    const auto consider = [&](const QRectF& rect) {
        if (rect.right() < to.position.x() || rect.left() > from.rect().right()) return;
        if (rect.bottom() <= to.position.y())
            floor = std::max(floor, rect.bottom());
        else if (rect.top() > from.rect().bottom())
            ceiling = std::min(ceiling, rect.top());
    };
    for (const Card& each : model.cards) consider(each.rect());
    for (const BlockFrame& each : model.frames) consider(each.rect);
    if (ceiling - floor < 2 * kLeast) return std::nullopt;
    return std::max(ceiling - kAbove, (floor + ceiling) / 2);
}

// Its pieces are short or horizontal: their boxes are as good as they are.
bool meets(const QPolygonF& way, const QRectF& card) {
    for (qsizetype i = 1; i < way.size(); ++i)
        if (QRectF(way[i - 1], way[i]).normalized().adjusted(-2, -2, 2, 2).intersects(card)) return true;
    return false;
}

}  // namespace

LinkRoute linkRoute(const CanvasModel& model, const Card& from, const Card& to, int toPort) {
    if (from.position.y() == to.position.y()) return {.over = heightOver(model, from, to)};
    if (const auto between = heightBetween(model, from, to)) return {.over = between};
    const QPointF begin = from.position + from.outputPortPosition(), end = to.position + to.inputPort(toPort);
    if (end.x() - begin.x() <= card::kGap) return {};
    const QRectF between = QRectF(begin, end).normalized();
    std::vector<QRectF> cards;
    for (const Card& each : model.cards)
        if (each.head != from.head && each.head != to.head && each.rect().intersects(between)) cards.push_back(each.rect());
    using Turn = LinkRoute::Turn;
    for (const Turn turn : {Turn::Between, Turn::AtEnd, Turn::AtStart}) {
        const QPolygonF way = linkCurve(begin, end, {.turn = turn}).toSubpathPolygons().value(0);
        if (std::none_of(cards.begin(), cards.end(), [&](const QRectF& card) { return meets(way, card); })) return {.turn = turn};
    }
    return {};
}

}  // namespace convolab
