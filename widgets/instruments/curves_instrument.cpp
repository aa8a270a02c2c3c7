#include "widgets/instruments/curves_instrument.h"

#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kPadding = 12, kTop = 4, kBetween = 18;
constexpr double kSmallWidth = 240, kLargeMinimum = 250, kSmallMinimumHeight = 92;

// The x of the nearest point of any series, so that the hair line stands on a value.
double snapped(const PlotDescription& plot, double x) {
    std::optional<double> best;
    for (const HoverValue& value : hoverValues(plot, x)) {
        if (!best || std::abs(value.x - x) < std::abs(*best - x))
            best = value.x;
    }
    return best.value_or(x);
}

}  // namespace

void CurvesInstrument::setPlots(std::vector<PlotDescription> large, std::vector<PlotDescription> small) {
    m_large = std::move(large);
    m_small = std::move(small);
}

std::vector<CurvesInstrument::Placed> CurvesInstrument::place(double width, double height) const {
    std::vector<Placed> placed;
    const double inner = width - 2 * kPadding, plotHeight = height - kTop - 4;
    const auto fits = [&](double columns, bool column) {
        return inner - (column ? kSmallWidth + kBetween : 0) - (columns - 1) * kBetween >= columns * kLargeMinimum;
    };
    const auto largeCount = static_cast<double>(m_large.size());
    const bool column = !m_small.empty() && fits(std::max(1.0, largeCount), true);
    auto shown = static_cast<std::size_t>(largeCount);
    while (shown > 1 && !fits(static_cast<double>(shown), column))
        --shown;
    if (shown == 0)
        return placed;
    const double largeSpace = inner - (column ? kSmallWidth + kBetween : 0);
    const double largeWidth = (largeSpace - kBetween * static_cast<double>(shown - 1)) / static_cast<double>(shown);
    for (std::size_t i = 0; i < shown; ++i)
        placed.push_back({&m_large[i], {kPadding + static_cast<double>(i) * (largeWidth + kBetween), kTop, largeWidth, plotHeight}});
    if (!column)
        return placed;
    const auto rows = std::clamp<std::size_t>(static_cast<std::size_t>(plotHeight / kSmallMinimumHeight), 1, m_small.size());
    const double rowHeight = plotHeight / static_cast<double>(rows);
    for (std::size_t i = 0; i < rows; ++i)
        placed.push_back({&m_small[i], {width - kPadding - kSmallWidth, kTop + static_cast<double>(i) * rowHeight, kSmallWidth,
                                        rowHeight - (i + 1 < rows ? 4 : 0)}});
    return placed;
}

void CurvesInstrument::draw(InstrumentContext& context) {
    m_width = context.width();
    m_height = context.height();
    const std::vector<Placed> placed = place(m_width, m_height);
    std::vector<PlotLayout> layouts;
    for (const Placed& item : placed) {
        PlotPainter painter(context, *item.plot, item.rect);
        painter.paint();
        layouts.push_back(painter.layout());
    }
    handleDrag(placed, layouts);
    handleClick(placed, layouts);
    if (!m_dragging)
        drawHover(context, placed, layouts);
}

void CurvesInstrument::handleDrag(const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts) {
    constexpr double kReach = 12;  // to both sides of the line
    m_dragging = false;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const PlotDescription& plot = *placed[i].plot;
        if (!plot.nowHandle || !plot.now || !m_nowDragged || isEmpty(plot))
            continue;
        const PlotLayout& layout = layouts[i];
        const PlotRect grip = layout.handle(*plot.now);
        ImGui::SetCursorScreenPos({static_cast<float>(grip.left + 5 - kReach), static_cast<float>(layout.area.top)});
        ImGui::PushID(static_cast<int>(i));
        ImGui::InvisibleButton("now", {static_cast<float>(2 * kReach), static_cast<float>(grip.bottom() - layout.area.top)});
        ImGui::PopID();
        if (ImGui::IsItemHovered() || ImGui::IsItemActive())
            ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
        if (!ImGui::IsItemActive())
            continue;
        m_dragging = true;
        const double share = (ImGui::GetIO().MousePos.x - layout.area.left) / layout.area.width;
        const double x = layout.x.value(std::clamp(share, 0.0, 1.0));
        if (x != *plot.now)
            m_nowDragged(x);
        return;  // the owner may have set new plots meanwhile
    }
}

void CurvesInstrument::handleClick(const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts) {
    if (!m_clicked || m_dragging)
        return;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const PlotRect& area = layouts[i].area;
        if (isEmpty(*placed[i].plot) || area.width < 1 || area.height < 1)
            continue;
        ImGui::SetCursorScreenPos({static_cast<float>(area.left), static_cast<float>(area.top)});
        ImGui::PushID(static_cast<int>(i));
        const bool pressed = ImGui::InvisibleButton("place", {static_cast<float>(area.width), static_cast<float>(area.height)});
        ImGui::PopID();
        if (ImGui::IsItemHovered())
            ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
        if (!pressed)
            continue;
        m_clicked(snapped(*placed[i].plot, layouts[i].x.value((ImGui::GetIO().MousePos.x - area.left) / area.width)));
        return;
    }
}

void CurvesInstrument::drawHover(InstrumentContext& context, const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    std::optional<std::size_t> under;
    double x = m_pinnedHover.value_or(0), y = m_height / 2;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const PlotRect& area = layouts[i].area;
        if (mouse.x < area.left || mouse.x > area.right() || mouse.y < area.top || mouse.y > area.bottom() || isEmpty(*placed[i].plot))
            continue;
        under = i;
        x = snapped(*placed[i].plot, layouts[i].x.value((mouse.x - area.left) / area.width));
        y = mouse.y;
    }
    if (!under && m_pinnedHover && !placed.empty())
        under = 0;
    if (!under)
        return;
    for (const Placed& item : placed) {
        if (item.plot->xAxis.label == placed[*under].plot->xAxis.label)
            PlotPainter(context, *item.plot, item.rect).paintHover(x);
    }
    const PlotDescription& plot = *placed[*under].plot;
    std::vector<TooltipRow> rows;
    for (const HoverValue& value : hoverValues(plot, x)) {
        const PlotSeries& series = plot.series[value.series];
        rows.push_back({context.tokens().seriesColor(series.colorIndex), series.name.empty() ? plot.title : series.name, value.text,
                        series.dashed});
    }
    if (!rows.empty())
        paintTooltip(context, {0, 0, m_width, m_height}, layouts[*under].pixelX(x), y,
                     plot.xAxis.label + " " + withUnit(valueText(x), plot.xAxis.unit), rows);
}

std::string CurvesInstrument::accessibleText() const {
    std::string text;
    for (const auto* plots : {&m_large, &m_small}) {
        for (const PlotDescription& plot : *plots)
            text += (text.empty() ? "" : "\n\n") + plotText(plot);
    }
    return text;
}

std::optional<InstrumentExport> CurvesInstrument::exportAt(double x, double y) const {
    for (const Placed& item : place(m_width, m_height)) {
        if (x < item.rect.left || x > item.rect.right() || y < item.rect.top || y > item.rect.bottom())
            continue;
        const PlotDescription plot = *item.plot;
        const PlotSize size{std::max(480.0, item.rect.width), std::max(300.0, item.rect.height)};
        return InstrumentExport{plot.title, [plot] { return plotText(plot); }, [plot] { return plotCsv(plot); },
                                [plot, size](ThemeMode mode) { return writeSvg(plot, size, mode); }};
    }
    return std::nullopt;
}

}  // namespace convolab
