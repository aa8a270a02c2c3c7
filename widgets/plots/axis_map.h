// From values to positions along an axis, and where its ticks stand.
#pragma once

#include "widgets/plots/plot_description.h"

#include <string>
#include <vector>

namespace convolab {

struct AxisTick {
    double value = 0;
    double position = 0;  // 0 at the low end of the axis, 1 at the high end
    std::string label;
};

class AxisMap {
public:
    AxisMap() = default;
    AxisMap(PlotScale scale, double minimum, double maximum);

    double position(double value) const;  // not clamped; a value that the scale cannot show lies far below 0
    double value(double position) const;
    double minimum() const { return m_minimum; }
    double maximum() const { return m_maximum; }
    PlotScale scale() const { return m_scale; }

    // Four to seven ticks where the range allows, fewer on an axis shorter than 120 pixels; `unit` "%" labels get no unit here.
    std::vector<AxisTick> ticks(double pixels, double pixelsPerLabel) const;

private:
    double transform(double value) const;

    PlotScale m_scale = PlotScale::Linear;
    double m_minimum = 0, m_maximum = 1;
    double m_low = 0, m_high = 1;
};

AxisMap horizontalMap(const PlotDescription& plot);  // tight to the data, or the axis's fixed ends
AxisMap verticalMap(const PlotDescription& plot);    // 4 % of air above and below; raw values do not widen it

}  // namespace convolab
