// Where the parts of a plot stand, shared by every renderer so that screen and export look alike.
#pragma once

#include "widgets/plots/axis_map.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace convolab {

struct PlotRect {
    double left = 0, top = 0, width = 0, height = 0;
    double right() const { return left + width; }
    double bottom() const { return top + height; }
};

struct LegendEntry {
    std::size_t series = 0;
    double left = 0;  // of the 16 px sample line; the name follows 6 px after it
    double line = 0;  // vertical middle
    std::string text;
};

using TextWidth = std::function<double(const std::string&)>;  // of a label at 10.5 px

struct PlotLayout {
    PlotRect whole, area;
    double titleLine = 0;  // vertical middle of title and legend
    AxisMap x, y;
    std::vector<AxisTick> xTicks, yTicks;
    std::vector<LegendEntry> legend;
    std::optional<PlotRect> legendBox;  // behind a legend that stands inside the area
    std::string xCaption, yCaption;
    double xCaptionRight = 0;  // in the row of the ticks, before the first one

    double pixelX(double value) const { return area.left + x.position(value) * area.width; }
    double pixelY(double value) const { return area.bottom() - y.position(value) * area.height; }
    // The grip of a line that can be dragged: 10 × 12, at the foot of the area.
    PlotRect handle(double value) const { return {pixelX(value) - 5, area.bottom() - 6, 10, 12}; }
};

PlotLayout layoutPlot(const PlotDescription& plot, const PlotRect& whole, const TextWidth& textWidth, double titleWidth);

struct PlotPoint {
    double x = 0, y = 0;
};
// The decimated line in pixels, split at gaps and clipped to the plot's area.
std::vector<std::vector<PlotPoint>> linePieces(const PlotLayout& layout, const std::vector<double>& x, const std::vector<double>& y);

}  // namespace convolab
