#include "widgets/plots/svg_writer.h"

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_layout.h"
#include "widgets/plots/svg_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace convolab {
namespace {

constexpr double kLineWidth = 1.75, kEmphasised = 2.25, kOldRun = 1.25, kRing = 3.5;

class PlotSvg {
public:
    PlotSvg(const PlotDescription& plot, PlotSize size, ThemeMode mode)
        : m_plot(plot), m_tokens(tokens(mode)), m_svg(size.width, size.height, m_tokens.bg1, plot.title),
          m_layout(layoutPlot(plot, {12, 6, size.width - 16, size.height - 12}, svgTextWidth, svgTextWidth(plot.title) * 1.12)) {}

    std::string write() {
        drawFrame();
        drawHeader();
        if (isEmpty(m_plot)) {
            m_svg.text({m_layout.area.left + m_layout.area.width / 2, m_layout.area.top + m_layout.area.height / 2 + 4}, m_plot.emptyText,
                       {.color = m_tokens.text3, .size = 12, .anchor = SvgAnchor::Middle});
            return m_svg.finish();
        }
        drawBudgets();
        for (const PlotSeries& series : m_plot.series)
            drawRaw(series);
        for (const PlotSeries& series : m_plot.series)
            drawSeries(series);
        drawEvents();
        for (const PlotSeries& series : m_plot.series)
            drawRing(series);
        if (m_layout.legendBox)
            drawLegend();
        return m_svg.finish();
    }

private:
    void drawFrame() {
        const PlotRect& area = m_layout.area;
        const bool empty = isEmpty(m_plot);
        for (std::size_t i = 0; !empty && i < m_layout.xTicks.size(); ++i) {
            const AxisTick& tick = m_layout.xTicks[i];
            const double x = std::round(area.left + tick.position * area.width) + 0.5;
            m_svg.line({x, area.top}, {x, area.bottom()}, m_tokens.grid, 1);
            m_svg.text({x, area.bottom() + 14}, tick.label, {.color = m_tokens.text3, .anchor = SvgAnchor::Middle});
        }
        for (std::size_t i = 0; !empty && i < m_layout.yTicks.size(); ++i) {
            const AxisTick& tick = m_layout.yTicks[i];
            const double y = std::round(area.bottom() - tick.position * area.height) + 0.5;
            m_svg.line({area.left, y}, {area.right(), y}, m_tokens.grid, 1);
            m_svg.text({area.left - 6, y + 3.5}, tick.label, {.color = m_tokens.text3, .anchor = SvgAnchor::End});
        }
        m_svg.line({area.left + 0.5, area.top}, {area.left + 0.5, area.bottom() + 1}, m_tokens.line2, 1);
        m_svg.line({area.left, area.bottom() + 0.5}, {area.right(), area.bottom() + 0.5}, m_tokens.line2, 1);
        m_svg.text({m_layout.xCaptionRight, area.bottom() + 14}, m_layout.xCaption, {.color = m_tokens.text3, .anchor = SvgAnchor::End});
        m_svg.text({area.left + 6, area.top + 11}, m_layout.yCaption, {.color = m_tokens.text3});
    }

    void drawHeader() {
        const double baseline = m_layout.titleLine + 4;
        m_svg.text({m_layout.whole.left, baseline}, m_plot.title, {.color = m_tokens.text1, .size = 11.5, .bold = true});
        if (!m_layout.legendBox)
            drawLegend();
        if (m_layout.legend.empty() || m_layout.legendBox)
            m_svg.text({m_layout.area.right(), baseline}, m_plot.note, {.color = m_tokens.text3, .anchor = SvgAnchor::End});
    }

    void drawLegend() {
        if (m_layout.legendBox)
            m_svg.rect(*m_layout.legendBox, withAlpha(m_tokens.bg1, 0.8), 3);
        for (const LegendEntry& entry : m_layout.legend) {
            const PlotSeries& series = m_plot.series[entry.series];
            const ThemeColor color = m_tokens.seriesColor(series.colorIndex);
            if (series.line)
                m_svg.line({entry.left, entry.line}, {entry.left + 16, entry.line}, color, 2, series.dashed ? "4 3" : "");
            m_svg.marker(series.marker, {entry.left + 8, entry.line}, color);
            m_svg.text({entry.left + 22, entry.line + 4}, entry.text, {.color = m_tokens.text2});
        }
    }

    void drawWhiskers(const PlotSeries& series) {
        const PlotRect& area = m_layout.area;
        const ThemeColor color = mixColors(m_tokens.bg1, m_tokens.seriesColor(series.colorIndex), 0.6);
        for (std::size_t i = 0; i < std::min({series.x.size(), series.low.size(), series.high.size()}); ++i) {
            const double x = m_layout.pixelX(series.x[i]);
            const double top = std::max(area.top, m_layout.pixelY(series.high[i]));
            const double bottom = std::min(area.bottom(), m_layout.pixelY(series.low[i]));
            if (x < area.left - 0.5 || x > area.right() + 0.5 || !(bottom - top > 1))
                continue;
            m_svg.line({x, top}, {x, bottom}, color, 1);
            for (const double y : {top, bottom})
                m_svg.line({x - 2.5, y}, {x + 2.5, y}, color, 1);
        }
    }

    void drawBudgets() {
        for (const PlotBudget& budget : m_plot.budgets) {
            const double y = m_layout.pixelY(budget.y);
            if (y < m_layout.area.top || y > m_layout.area.bottom())
                continue;
            m_svg.line({m_layout.area.left, y}, {m_layout.area.right(), y}, m_tokens.warning, 1, "3 3");
            m_svg.text({m_layout.area.left + 6, y - 4}, budget.label, {.color = m_tokens.warning});
        }
    }

    void drawRaw(const PlotSeries& series) {
        const ThemeColor color = withAlpha(m_tokens.seriesColor(series.colorIndex), 0.22);
        for (const auto& piece : linePieces(m_layout, series.rawX, series.rawY))
            m_svg.polyline(piece, color, 1, "");
    }

    void drawSeries(const PlotSeries& series) {
        const ThemeColor color = m_tokens.seriesColor(series.colorIndex);
        const double width = series.dashed ? kOldRun : series.emphasised ? kEmphasised : kLineWidth;
        drawWhiskers(series);
        for (const auto& piece : series.line ? linePieces(m_layout, series.x, series.y) : std::vector<std::vector<PlotPoint>>{})
            m_svg.polyline(piece, color, width, series.dashed ? "4 3" : "");
        if (series.marker == PlotMarker::None)
            return;
        // Markers on every point are readable only while they are apart.
        const std::size_t step = series.line ? std::max<std::size_t>(1, series.x.size() / static_cast<std::size_t>(m_layout.area.width / 14 + 1)) : 1;
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); i += step) {
            const PlotPoint point{m_layout.pixelX(series.x[i]), m_layout.pixelY(series.y[i])};
            if (inside(point))
                m_svg.marker(series.marker, point, color);
        }
    }

    void drawRing(const PlotSeries& series) {
        if (!series.ringAtNewest || !series.line || series.dashed || series.y.empty() || series.x.size() != series.y.size())
            return;
        const PlotPoint point{m_layout.pixelX(series.x.back()), m_layout.pixelY(series.y.back())};
        if (inside(point))
            m_svg.ring(point, kRing, m_tokens.seriesColor(series.colorIndex), m_tokens.bg1);
    }

    void drawEvents() {
        const PlotRect& area = m_layout.area;
        for (const PlotEvent& event : m_plot.events) {
            const double x = m_layout.pixelX(event.x);
            if (x < area.left || x > area.right())
                continue;
            m_svg.line({x, area.top}, {x, area.bottom()}, m_tokens.text2, 1, "2 3");
            m_svg.triangleDown({x, area.top + 3}, m_tokens.text2);
            const bool left = x - area.left > svgTextWidth(event.label) + 12;
            m_svg.text({x + (left ? -8 : 8), area.top + 8}, event.label,
                       {.color = m_tokens.text2, .anchor = left ? SvgAnchor::End : SvgAnchor::Start});
        }
        if (m_plot.now) {
            const double x = std::round(m_layout.pixelX(*m_plot.now)) + 0.5;
            if (x >= area.left && x <= area.right() + 1)
                m_svg.line({x, area.top}, {x, area.bottom()}, m_tokens.accent, 1.5);
        }
    }

    bool inside(PlotPoint point) const {
        const PlotRect& area = m_layout.area;
        return std::isfinite(point.x) && std::isfinite(point.y) && point.x >= area.left - 0.5 && point.x <= area.right() + 0.5 &&
               point.y >= area.top - 0.5 && point.y <= area.bottom() + 0.5;
    }

    const PlotDescription& m_plot;
    const Tokens& m_tokens;
    SvgText m_svg;
    PlotLayout m_layout;
};

}  // namespace

std::string writeSvg(const PlotDescription& plot, PlotSize size, ThemeMode mode) {
    return PlotSvg(plot, {std::max(size.width, 120.0), std::max(size.height, 80.0)}, mode).write();
}

}  // namespace convolab
