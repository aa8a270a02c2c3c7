// Builds the text of one SVG picture from a few shapes. Coordinates are logical pixels, two decimals, locale-free.
#pragma once

#include "widgets/plots/plot_layout.h"
#include "widgets/theme/tokens.h"

#include <string>
#include <vector>

namespace convolab {

enum class SvgAnchor { Start, Middle, End };

struct SvgLabel {
    ThemeColor color;
    double size = 10.5;
    SvgAnchor anchor = SvgAnchor::Start;
    bool bold = false;
};

double svgTextWidth(const std::string& utf8);  // an estimate at 10.5 px from Roboto's mean widths

class SvgText {
public:
    SvgText(double width, double height, ThemeColor background, const std::string& title);

    void line(PlotPoint from, PlotPoint to, ThemeColor color, double width, const std::string& dash = "");
    void polyline(const std::vector<PlotPoint>& points, ThemeColor color, double width, const std::string& dash);
    void rect(const PlotRect& rect, ThemeColor fill, double radius = 0);
    void text(PlotPoint baseline, const std::string& utf8, const SvgLabel& label);
    void marker(PlotMarker marker, PlotPoint centre, ThemeColor color);
    void ring(PlotPoint centre, double radius, ThemeColor stroke, ThemeColor fill);
    void triangleDown(PlotPoint centre, ThemeColor color);
    void openCrispGroup();  // rectangles inside meet without seams
    void closeGroup();

    std::string finish();

private:
    void number(double value);
    void attribute(const char* name, double value);
    void paint(const char* name, ThemeColor color);

    std::string m_text;
};

}  // namespace convolab
