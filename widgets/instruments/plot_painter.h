// Draws plot descriptions with Dear ImGui. Internal to the instruments.
#pragma once

#include "widgets/instruments/instrument.h"

#include <imgui.h>

#include <string>

namespace convolab {

enum class TextAlign { Left, Centre, Right };

// Text with its vertical middle at y; the horizontal anchor follows `align`. Empty text draws nothing.
void paintText(InstrumentContext& context, FontRole role, double x, double y, ThemeColor color, const std::string& text,
               TextAlign align = TextAlign::Left);
double textWidth(InstrumentContext& context, FontRole role, const std::string& text);

class PlotPainter {
public:
    PlotPainter(InstrumentContext& context, const PlotDescription& plot, const PlotRect& rect);

    const PlotLayout& layout() const { return m_layout; }
    void paint();
    void paintHover(double x);  // hair line and a ring on every curve

private:
    void paintEmptyText();
    void paintFrame();
    void paintHeader();
    void paintLegend();
    void paintWhiskers(const PlotSeries& series, ThemeColor color);
    void paintCurves();
    void paintEvents();
    void paintRings();
    void paintLine(const std::vector<PlotPoint>& points, ThemeColor color, double width, bool dashed);
    void paintMarker(PlotMarker marker, PlotPoint centre, ThemeColor color);
    void paintRing(PlotPoint centre, ThemeColor color);
    bool inside(PlotPoint point) const;

    InstrumentContext& m_context;
    const PlotDescription& m_plot;
    const Tokens& m_tokens;
    ImDrawList* m_list;
    PlotLayout m_layout;
};

// A popover of label and value rows beside x, inside bounds.
struct TooltipRow {
    ThemeColor color;
    std::string label, value;
    bool dashed = false;
};
void paintTooltip(InstrumentContext& context, const PlotRect& bounds, double x, double y, const std::string& title,
                  const std::vector<TooltipRow>& rows);

}  // namespace convolab
