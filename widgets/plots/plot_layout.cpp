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

void layoutLegend(const PlotDescription& plot, PlotLayout& layout, const TextWidth& textWidth, double titleWidth) {
    if (!plot.legend)
        return;
    double right = layout.area.right();
    const double leftLimit = layout.whole.left + titleWidth + kLegendSpacing;
    for (std::size_t i = plot.series.size(); i-- > 0;) {
        const std::string& name = plot.series[i].name;
        if (name.empty())
            continue;
        const double left = right - textWidth(name) - kLegendGap - kLegendSample;
        if (left < leftLimit)
            break;
        layout.legend.insert(layout.legend.begin(), {i, left, name});
        right = left - kLegendSpacing;
    }
}

}  // namespace

PlotLayout layoutPlot(const PlotDescription& plot, const PlotRect& whole, const TextWidth& textWidth, double titleWidth) {
    PlotLayout layout;
    layout.whole = whole;
    layout.titleLine = whole.top + kHeader / 2 - 2;
    layout.x = horizontalMap(plot);
    layout.y = verticalMap(plot);
    layout.xCaption = captionOf(plot.xAxis);
    layout.yCaption = plot.yAxis.label.empty() && plot.yAxis.scale == PlotScale::ErrorLog ? "%" : captionOf(plot.yAxis);

    const double height = std::max(8.0, whole.height - kHeader - kFooter);
    layout.yTicks = layout.y.ticks(height, kPixelsPerYLabel);
    if (plot.yAxis.scale == PlotScale::ErrorLog && !layout.yTicks.empty())
        layout.yTicks.back().label += " %";
    double gutter = kMinimumGutter;
    for (const AxisTick& tick : layout.yTicks)
        gutter = std::max(gutter, std::ceil(textWidth(tick.label)) + kLabelGap);
    layout.area = {whole.left + gutter, whole.top + kHeader, std::max(8.0, whole.width - gutter - kRightAir), height};
    layout.xTicks = layout.x.ticks(layout.area.width, kPixelsPerXLabel);
    layoutLegend(plot, layout, textWidth, titleWidth);
    return layout;
}

std::vector<std::vector<PlotPoint>> linePieces(const PlotLayout& layout, const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<std::vector<PlotPoint>> pieces;
    const double overhang = (layout.x.maximum() - layout.x.minimum()) * 1e-9;
    const auto indices = decimateColumns(x, y, layout.x.minimum() - overhang, layout.x.maximum() + overhang,
                                         std::max(1, static_cast<int>(layout.area.width)));
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
