#include "widgets/instruments/scatter_instrument.h"

#include "widgets/imgui/imgui_style.h"
#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kPadding = 12, kTop = 4;
constexpr double kReach = 14;    // of the pointer around a point
constexpr double kCurrent = 7;   // radius of the ring around the current point

ImVec2 at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

}  // namespace

void ScatterInstrument::setCurrent(std::optional<Point> current, std::optional<Point> before, const std::string& word) {
    m_current = current;
    m_before = before;
    m_word = word;
}

std::optional<PlotPoint> ScatterInstrument::position(Point point) const {
    if (!m_layout || point.series >= m_plot.series.size())
        return std::nullopt;
    const PlotSeries& series = m_plot.series[point.series];
    if (point.index >= std::min(series.x.size(), series.y.size()))
        return std::nullopt;
    return PlotPoint{m_layout->pixelX(series.x[point.index]), m_layout->pixelY(series.y[point.index])};
}

std::optional<ScatterInstrument::Point> ScatterInstrument::nearest(const PlotLayout& layout, double x, double y) const {
    std::optional<Point> best;
    double reach = kReach;
    for (std::size_t s = 0; s < m_plot.series.size(); ++s) {
        const PlotSeries& series = m_plot.series[s];
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
            const double distance = std::hypot(layout.pixelX(series.x[i]) - x, layout.pixelY(series.y[i]) - y);
            if (!(distance < reach))
                continue;
            reach = distance;
            best = Point{s, i};
        }
    }
    return best;
}

std::optional<ScatterInstrument::Point> ScatterInstrument::neighbour(int direction) const {
    std::vector<std::pair<double, Point>> all;
    for (std::size_t s = 0; s < m_plot.series.size(); ++s) {
        for (std::size_t i = 0; i < m_plot.series[s].x.size(); ++i)
            all.push_back({m_plot.series[s].x[i], {s, i}});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (all.empty())
        return std::nullopt;
    if (!m_current)
        return direction > 0 ? all.front().second : all.back().second;
    const auto found = std::find_if(all.begin(), all.end(), [this](const auto& item) { return item.second == *m_current; });
    const auto next = (found == all.end() ? 0 : found - all.begin()) + direction;
    if (next < 0 || next >= static_cast<std::ptrdiff_t>(all.size()))
        return std::nullopt;
    return all[static_cast<std::size_t>(next)].second;
}

void ScatterInstrument::draw(InstrumentContext& context) {
    m_width = context.width();
    m_height = context.height();
    PlotPainter painter(context, m_plot, {kPadding, kTop, m_width - 2 * kPadding, m_height - kTop - 4});
    painter.paint();
    m_layout = painter.layout();
    m_hovered.reset();
    if (isEmpty(m_plot))
        return;
    const PlotLayout layout = painter.layout();
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const PlotRect& area = layout.area;
    if (mouse.x >= area.left - 6 && mouse.x <= area.right() + 6 && mouse.y >= area.top - 6 && mouse.y <= area.bottom() + 6)
        m_hovered = nearest(layout, mouse.x, mouse.y);
    paintCurrent(context, layout);
    if (m_hovered)
        paintTip(context, layout, *m_hovered);
    answer(layout);
}

void ScatterInstrument::paintCurrent(InstrumentContext& context, const PlotLayout& layout) const {
    const Tokens& tokens = context.tokens();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto current = m_current ? position(*m_current) : std::nullopt;
    if (!current)
        return;
    const double x = current->x, y = current->y;
    const auto before = m_before ? position(*m_before) : std::nullopt;
    if (before && std::hypot(before->x - x, before->y - y) > 3 * kCurrent) {
        const double length = std::hypot(x - before->x, y - before->y);
        const double dx = (x - before->x) / length, dy = (y - before->y) / length;
        for (double done = 5; done < length - kCurrent - 6; done += 7)
            list->AddLine(at(before->x + dx * done, before->y + dy * done),
                          at(before->x + dx * std::min(done + 4, length), before->y + dy * std::min(done + 4, length)), imColor(tokens.accent), 1.5f);
        const double tipX = x - dx * (kCurrent + 1), tipY = y - dy * (kCurrent + 1);
        list->AddTriangleFilled(at(tipX, tipY), at(tipX - dx * 6 - dy * 3.5, tipY - dy * 6 + dx * 3.5),
                                at(tipX - dx * 6 + dy * 3.5, tipY - dy * 6 - dx * 3.5), imColor(tokens.accent));
        // Beside the middle of the arrow: around its foot other points that were tried crowd.
        const double middleX = (before->x + x) / 2, middleY = (before->y + y) / 2;
        const bool left = middleX - layout.area.left > textWidth(context, FontRole::Axis, m_word) + 12;
        paintText(context, FontRole::Axis, middleX + (left ? -8 : 8), std::min(middleY, layout.area.bottom() - 8), tokens.text2, m_word,
                  left ? TextAlign::Right : TextAlign::Left);
    }
    list->AddCircle(at(x, y), static_cast<float>(kCurrent), imColor(tokens.text1), 24, 1.5f);
}

void ScatterInstrument::paintTip(InstrumentContext& context, const PlotLayout& layout, Point point) const {
    const PlotSeries& series = m_plot.series[point.series];
    const double x = layout.pixelX(series.x[point.index]), y = layout.pixelY(series.y[point.index]);
    ImGui::GetWindowDrawList()->AddCircle(at(x, y), 5.5f, imColor(context.tokens().text2), 20, 1.0f);
    if (!m_tip)
        return;
    const Tip tip = m_tip(point);
    std::vector<TooltipRow> rows;
    for (const auto& [label, value] : tip.rows)
        rows.push_back({context.tokens().seriesColor(series.colorIndex), label, value, false});
    paintTooltip(context, {0, 0, m_width, m_height}, x, y, tip.title, rows);
}

void ScatterInstrument::answer(const PlotLayout& layout) {
    // Callbacks come last: the owner may set another plot meanwhile.
    if (ImGui::IsMouseDoubleClicked(0) && m_hovered) {
        if (m_doubleClicked)
            m_doubleClicked(*m_hovered);
        return;
    }
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool inside = mouse.x >= layout.area.left - 6 && mouse.x <= layout.area.right() + 6;
    if (inside && m_hovered && ImGui::IsMouseClicked(0)) {
        if (m_clicked)
            m_clicked(*m_hovered);
        return;
    }
    const bool left = ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_LeftArrow)), right = ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_RightArrow));
    if (left != right && m_clicked) {
        if (const auto next = neighbour(right ? 1 : -1))
            m_clicked(*next);
        return;
    }
    if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Enter)) && m_current && m_doubleClicked)
        m_doubleClicked(*m_current);
}

std::string ScatterInstrument::accessibleText() const {
    std::string text = plotText(m_plot);
    if (m_current && m_tip) {
        const Tip tip = m_tip(*m_current);
        text += "\n" + tip.title;
        for (const auto& [label, value] : tip.rows)
            text += "\n" + label + ": " + value;
    }
    return text;
}

std::optional<InstrumentExport> ScatterInstrument::exportAt(double, double) const {
    if (isEmpty(m_plot))
        return std::nullopt;
    const PlotDescription plot = m_plot;
    const PlotSize size{std::max(480.0, m_width), std::max(300.0, m_height)};
    return InstrumentExport{plot.title, [plot] { return plotText(plot); }, [plot] { return plotCsv(plot); },
                            [plot, size](ThemeMode mode) { return writeSvg(plot, size, mode); }};
}

}  // namespace convolab
