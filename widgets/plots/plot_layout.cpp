#include "widgets/plots/plot_layout.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kHeader = 24, kFooter = 19, kLabelGap = 7, kMinimumGutter = 26, kRightAir = 8;
constexpr double kLegendSample = 16, kLegendGap = 6, kLegendSpacing = 16;
constexpr double kPixelsPerXLabel = 52, kPixelsPerYLabel = 27;

// Clips a segment to a box (Liang and Barsky 1984); false where nothing is left.
bool clipSegment(const PlotRect& box, PlotPoint& a, PlotPoint& b) {
    double from = 0, to = 1;
    const double dx = b.x - a.x, dy = b.y - a.y;
    const auto cut = [&](double direction, double distance) {
        if (direction == 0)
            return distance >= 0;
        const double ratio = distance / direction;
        if (direction < 0)
            from = std::max(from, ratio);
        else
            to = std::min(to, ratio);
        return from <= to;
    };
    if (!cut(-dx, a.x - box.left) || !cut(dx, box.right() - a.x) || !cut(-dy, a.y - box.top) || !cut(dy, box.bottom() - a.y))
        return false;
    const PlotPoint start = a;
    a = {start.x + from * dx, start.y + from * dy};
    b = {start.x + to * dx, start.y + to * dy};
    return true;
}

std::string captionOf(const PlotAxis& axis) {
    if (axis.unit.empty() || axis.label.empty())
        return axis.label.empty() ? axis.unit : axis.label;
    return axis.label + ", " + axis.unit;
}

// How much of the curves passes through a box, in samples a few pixels apart.
int curveSamplesIn(const PlotDescription& plot, const PlotLayout& layout, const PlotRect& box) {
    constexpr double kApart = 4;
    int found = 0;
    for (const PlotSeries& series : plot.series) {
        for (const auto& piece : linePieces(layout, series.x, series.y)) {
            for (std::size_t i = 0; i + 1 < piece.size(); ++i) {
                const PlotPoint a = piece[i], b = piece[i + 1];
                const int steps = 1 + static_cast<int>(std::hypot(b.x - a.x, b.y - a.y) / kApart);
                for (int k = 0; k <= steps; ++k) {
                    const double x = a.x + (b.x - a.x) * k / steps, y = a.y + (b.y - a.y) * k / steps;
                    found += x >= box.left && x <= box.right() && y >= box.top && y <= box.bottom();
                }
            }
        }
    }
    return found;
}

// A column of names where the fewest curves are in the way: the right side first, then the left one.
void layoutLegendInside(const PlotDescription& plot, PlotLayout& layout, const TextWidth& textWidth) {
    constexpr double kRow = 15, kInset = 6, kPad = 4;
    double names = 0;
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
        if (plot.series[i].name.empty())
            continue;
        shown.push_back(i);
        names = std::max(names, textWidth(plot.series[i].name));
    }
    const PlotRect& area = layout.area;
    const double width = kLegendSample + kLegendGap + names + 2 * kPad, height = kRow * static_cast<double>(shown.size()) + 2 * kPad;
    if (shown.empty() || width + 2 * kInset > area.width || height + 2 * kInset > area.height)
        return;
    PlotRect best;
    int fewest = -1;
    for (const double left : {area.right() - kInset - width, area.left + kInset}) {
        for (double top = area.top + kInset; top + height <= area.bottom() - kInset; top += kRow / 2) {
            const PlotRect box{left, top, width, height};
            const int inTheWay = curveSamplesIn(plot, layout, box);
            if (fewest >= 0 && inTheWay >= fewest)
                continue;
            fewest = inTheWay;
            best = box;
        }
    }
    layout.legendBox = best;
    for (std::size_t row = 0; row < shown.size(); ++row)
        layout.legend.push_back({shown[row], best.left + kPad, best.top + kPad + kRow * (static_cast<double>(row) + 0.5),
                                 plot.series[shown[row]].name});
}

void layoutLegend(const PlotDescription& plot, PlotLayout& layout, const TextWidth& textWidth, double titleWidth) {
    if (!plot.legend)
        return;
    if (plot.legendInside) {
        layoutLegendInside(plot, layout, textWidth);
        return;
    }
    double right = layout.area.right();
    const double leftLimit = layout.whole.left + titleWidth + kLegendSpacing;
    for (std::size_t i = plot.series.size(); i-- > 0;) {
        const std::string& name = plot.series[i].name;
        if (name.empty())
            continue;
        const double left = right - textWidth(name) - kLegendGap - kLegendSample;
        if (left < leftLimit)
            break;
        layout.legend.insert(layout.legend.begin(), {i, left, layout.titleLine, name});
        right = left - kLegendSpacing;
    }
}

// The area beside a gutter of this width, and the ticks along its foot.
void placeAcross(PlotLayout& layout, double gutter, double height, const TextWidth& textWidth) {
    constexpr double kNearAxis = 8, kTickGap = 4;
    const PlotRect& whole = layout.whole;
    layout.area = {whole.left + gutter, whole.top + kHeader, std::max(8.0, whole.width - gutter - kRightAir), height};
    layout.xTicks = layout.x.ticks(layout.area.width, kPixelsPerXLabel);
    const bool tickBelowAxis = !layout.xTicks.empty() && layout.xTicks.front().position * layout.area.width < kNearAxis;
    const double tick = tickBelowAxis ? textWidth(layout.xTicks.front().label) / 2 + kTickGap : 0;
    layout.xCaptionRight = layout.area.left - std::max(kLabelGap, tick);
}

}  // namespace

PlotLayout layoutPlot(const PlotDescription& plot, const PlotRect& whole, const TextWidth& textWidth, double titleWidth) {
    PlotLayout layout;
    layout.whole = whole;
    layout.titleLine = whole.top + kHeader / 2 - 2;
    layout.x = horizontalMap(plot);
    layout.y = verticalMap(plot);
    layout.xCaption = captionOf(plot.xAxis);
    // Per cent stand on the last tick.
    const bool percent = plot.yAxis.scale == PlotScale::ErrorLog || (plot.yAxis.label.empty() && plot.yAxis.unit == "%");
    layout.yCaption = percent ? "" : captionOf(plot.yAxis);

    const double height = std::max(8.0, whole.height - kHeader - kFooter);
    layout.yTicks = layout.y.ticks(height, kPixelsPerYLabel);
    if (percent && !layout.yTicks.empty())
        layout.yTicks.back().label += " %";
    double gutter = kMinimumGutter;
    for (const AxisTick& tick : layout.yTicks)
        gutter = std::max(gutter, std::ceil(textWidth(tick.label)) + kLabelGap);
    const double caption = std::ceil(textWidth(layout.xCaption));
    placeAcross(layout, gutter, height, textWidth);
    // The word of the axis stands before its first tick: a narrow gutter widens rather than let the two touch.
    const double wanted = caption + layout.area.left - layout.xCaptionRight;
    if (caption > 0 && wanted > gutter)
        placeAcross(layout, std::ceil(wanted), height, textWidth);  // lines stand on whole pixels
    layoutLegend(plot, layout, textWidth, titleWidth);
    return layout;
}

std::vector<std::vector<PlotPoint>> linePieces(const PlotLayout& layout, const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<std::vector<PlotPoint>> pieces;
    const double overhang = (layout.x.maximum() - layout.x.minimum()) * 1e-9;
    const int columns = std::max(1, static_cast<int>(layout.area.width));
    std::vector<std::size_t> indices;
    if (layout.x.scale() == PlotScale::Log) {  // columns of the picture, not of the values
        std::vector<double> places;
        for (const double value : x)
            places.push_back(layout.x.position(value));
        indices = decimateColumns(places, y, -1e-9, 1.0 + 1e-9, columns);
    } else {
        indices = decimateColumns(x, y, layout.x.minimum() - overhang, layout.x.maximum() + overhang, columns);
    }
    bool connected = false;
    for (std::size_t k = 0; k + 1 < indices.size() || (k < indices.size() && indices.size() == 1); ++k) {
        const std::size_t i = indices[k], j = indices[std::min(k + 1, indices.size() - 1)];
        if (!std::isfinite(y[i]) || !std::isfinite(y[j])) {
            connected = false;
            continue;
        }
        PlotPoint a{layout.pixelX(x[i]), layout.pixelY(y[i])}, b{layout.pixelX(x[j]), layout.pixelY(y[j])};
        const PlotPoint wanted = b;
        if (!clipSegment(layout.area, a, b)) {
            connected = false;
            continue;
        }
        const bool joins = connected && !pieces.empty() && pieces.back().back().x == a.x && pieces.back().back().y == a.y;
        if (!joins)
            pieces.push_back({a});
        pieces.back().push_back(b);
        connected = b.x == wanted.x && b.y == wanted.y;
    }
    return pieces;
}

}  // namespace convolab
