#include "widgets/instruments/plot_painter.h"

#include "widgets/imgui/imgui_style.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <sstream>

namespace convolab {
namespace {

constexpr double kLineWidth = 1.75, kEmphasised = 2.25, kOldRun = 1.25, kRing = 3.5;
constexpr std::size_t kPointsPerCall = 4000;  // ImGui counts vertices in 16 bits, four a point

ImVec2 at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }
ImVec2 at(PlotPoint point) { return at(point.x, point.y); }

float fontSize(const ImFont* font) { return font->FontSize * ImGui::GetIO().FontGlobalScale; }

// More than 60 degrees: ImGui's mitre would widen the line there, and a noisy curve would become a band.
bool turnsSharply(PlotPoint a, PlotPoint b, PlotPoint c) {
    const double abX = b.x - a.x, abY = b.y - a.y, bcX = c.x - b.x, bcY = c.y - b.y;
    return abX * bcX + abY * bcY < 0.5 * std::hypot(abX, abY) * std::hypot(bcX, bcY);
}

// One device pixel wide, on the pixel grid, so that grid and axes are as sharp as Qt's.
void paintHairline(ImDrawList* list, double ratio, PlotPoint from, PlotPoint to, ThemeColor color) {
    const double pixel = std::max(1.0, std::floor(ratio)) / ratio;
    const auto snap = [ratio](double value) { return std::round(value * ratio) / ratio; };
    const bool vertical = from.x == to.x;
    const double x = snap(from.x), y = snap(from.y);
    list->AddRectFilled(at(x, y), vertical ? at(x + pixel, snap(to.y)) : at(snap(to.x), y + pixel), imColor(color));
}

// What is wider goes on in the next line, at a space.
std::vector<std::string> wrapped(InstrumentContext& context, FontRole role, const std::string& text, double width) {
    std::vector<std::string> lines;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const std::string longer = lines.empty() ? word : lines.back() + " " + word;
        if (lines.empty() || textWidth(context, role, longer) > width) lines.push_back(word);
        else lines.back() = longer;
    }
    return lines;
}

}  // namespace

double textWidth(InstrumentContext& context, FontRole role, const std::string& text) {
    ImFont* font = context.font(role);
    return font->CalcTextSizeA(fontSize(font), FLT_MAX, 0, text.data(), text.data() + text.size()).x;
}

void paintText(InstrumentContext& context, FontRole role, double x, double y, ThemeColor color, const std::string& text, TextAlign align) {
    if (text.empty())
        return;
    ImFont* font = context.font(role);
    const double width = align == TextAlign::Left ? 0 : textWidth(context, role, text);
    const double left = align == TextAlign::Left ? x : align == TextAlign::Right ? x - width : x - width / 2;
    ImGui::GetWindowDrawList()->AddText(font, fontSize(font), at(std::round(left), std::round(y - fontSize(font) / 2)), imColor(color),
                                        text.data(), text.data() + text.size());
}

PlotPainter::PlotPainter(InstrumentContext& context, const PlotDescription& plot, const PlotRect& rect)
    : m_context(context), m_plot(plot), m_tokens(context.tokens()), m_list(ImGui::GetWindowDrawList()),
      m_layout(layoutPlot(plot, rect, [&context](const std::string& text) { return textWidth(context, FontRole::Axis, text); },
                          textWidth(context, FontRole::CardName, plot.title))) {}

void PlotPainter::paint() {
    paintFrame();
    paintHeader();
    if (isEmpty(m_plot)) {
        paintEmptyText();
        return;
    }
    paintCurves();
    paintEvents();
    paintRings();
    if (m_layout.legendBox)
        paintLegend();
}

void PlotPainter::paintEmptyText() {
    constexpr double kMargin = 6, kLine = 16;
    const PlotRect& area = m_layout.area;
    const auto lines = wrapped(m_context, FontRole::Body, m_plot.emptyText, area.width - 2 * kMargin);
    double y = area.top + area.height / 2 - kLine * (static_cast<double>(lines.size()) - 1) / 2;
    for (const std::string& line : lines) {
        paintText(m_context, FontRole::Body, area.left + area.width / 2, y, m_tokens.text3, line, TextAlign::Centre);
        y += kLine;
    }
}

void PlotPainter::paintFrame() {
    const PlotRect& area = m_layout.area;
    const double ratio = m_context.devicePixelRatio();
    const bool empty = isEmpty(m_plot);
    for (std::size_t i = 0; !empty && i < m_layout.xTicks.size(); ++i) {
        const AxisTick& tick = m_layout.xTicks[i];
        const double x = area.left + tick.position * area.width;
        paintHairline(m_list, ratio, {x, area.top}, {x, area.bottom()}, m_tokens.grid);
        const double half = textWidth(m_context, FontRole::Axis, tick.label) / 2;
        paintText(m_context, FontRole::Axis, std::min(x, m_layout.whole.right() - half), area.bottom() + 10, m_tokens.text3, tick.label,
                  TextAlign::Centre);
    }
    for (std::size_t i = 0; !empty && i < m_layout.yTicks.size(); ++i) {
        const AxisTick& tick = m_layout.yTicks[i];
        const double y = area.bottom() - tick.position * area.height;
        paintHairline(m_list, ratio, {area.left, y}, {area.right(), y}, m_tokens.grid);
        paintText(m_context, FontRole::Axis, area.left - 6, y, m_tokens.text3, tick.label, TextAlign::Right);
    }
    paintHairline(m_list, ratio, {area.left, area.top}, {area.left, area.bottom()}, m_tokens.line2);
    paintHairline(m_list, ratio, {area.left, area.bottom()}, {area.right(), area.bottom()}, m_tokens.line2);
    if (empty)
        return;
    // No curve comes there.
    const double captionRight =
        std::max(m_layout.xCaptionRight, m_layout.whole.left + textWidth(m_context, FontRole::Axis, m_layout.xCaption));
    paintText(m_context, FontRole::Axis, captionRight, area.bottom() + 10, m_tokens.text3, m_layout.xCaption, TextAlign::Right);
    paintText(m_context, FontRole::Axis, area.left + 6, area.top + 7, m_tokens.text3, m_layout.yCaption);
}

void PlotPainter::paintHeader() {
    paintText(m_context, FontRole::CardName, m_layout.whole.left, m_layout.titleLine, m_tokens.text1, m_plot.title);
    if (!m_layout.legendBox)
        paintLegend();
    if (m_layout.legend.empty() || m_layout.legendBox)
        paintText(m_context, FontRole::Axis, m_layout.area.right(), m_layout.titleLine, m_tokens.text3, m_plot.note, TextAlign::Right);
}

void PlotPainter::paintLegend() {
    if (m_layout.legendBox) {
        const PlotRect& box = *m_layout.legendBox;
        m_list->AddRectFilled(at(box.left, box.top), at(box.right(), box.bottom()), imColor(withAlpha(m_tokens.bg1, 0.8)), 3);
    }
    for (const LegendEntry& entry : m_layout.legend) {
        const PlotSeries& series = m_plot.series[entry.series];
        const ThemeColor color = m_tokens.seriesColor(series.colorIndex);
        if (series.line)
            paintLine({{entry.left, entry.line}, {entry.left + 16, entry.line}}, color, series.dashed ? kOldRun : 2, series.dashed);
        paintMarker(series.marker, {entry.left + 8, entry.line}, color);
        paintText(m_context, FontRole::Axis, entry.left + 22, entry.line, m_tokens.text2, entry.text);
    }
}

void PlotPainter::paintWhiskers(const PlotSeries& series, ThemeColor color) {
    const PlotRect& area = m_layout.area;
    for (std::size_t i = 0; i < std::min({series.x.size(), series.low.size(), series.high.size()}); ++i) {
        const double x = m_layout.pixelX(series.x[i]);
        const double top = std::max(area.top, m_layout.pixelY(series.high[i])), bottom = std::min(area.bottom(), m_layout.pixelY(series.low[i]));
        if (x < area.left - 0.5 || x > area.right() + 0.5 || !(bottom - top > 1))
            continue;
        paintHairline(m_list, m_context.devicePixelRatio(), {x, top}, {x, bottom}, color);
        for (const double y : {top, bottom})
            paintHairline(m_list, m_context.devicePixelRatio(), {x - 2, y}, {x + 3, y}, color);
    }
}

void PlotPainter::paintCurves() {
    const PlotRect& area = m_layout.area;
    for (const PlotBudget& budget : m_plot.budgets) {
        const double y = m_layout.pixelY(budget.y);
        if (y < area.top || y > area.bottom())
            continue;
        paintLine({{area.left, y}, {area.right(), y}}, m_tokens.warning, 1, true);
        paintText(m_context, FontRole::Axis, area.left + 6, y - 8, m_tokens.warning, budget.label);
    }
    for (const PlotSeries& series : m_plot.series) {
        // Mixed, not translucent: where a column's strokes overlap they would add up.
        const ThemeColor raw = mixColors(m_tokens.bg1, m_tokens.seriesColor(series.colorIndex), 0.22);
        for (const auto& piece : linePieces(m_layout, series.rawX, series.rawY))
            paintLine(piece, raw, 1, false);
    }
    for (const PlotSeries& series : m_plot.series) {
        const ThemeColor color = m_tokens.seriesColor(series.colorIndex);
        const double width = series.dashed ? kOldRun : series.emphasised ? kEmphasised : kLineWidth;
        paintWhiskers(series, mixColors(m_tokens.bg1, color, 0.6));
        for (const auto& piece : series.line ? linePieces(m_layout, series.x, series.y) : std::vector<std::vector<PlotPoint>>{})
            paintLine(piece, color, width, series.dashed);
        if (series.marker == PlotMarker::None)
            continue;
        const std::size_t step = series.line ? std::max<std::size_t>(1, series.x.size() / static_cast<std::size_t>(area.width / 14 + 1)) : 1;
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); i += step) {
            const PlotPoint point{m_layout.pixelX(series.x[i]), m_layout.pixelY(series.y[i])};
            if (inside(point))
                paintMarker(series.marker, point, color);
        }
    }
}

void PlotPainter::paintEvents() {
    const PlotRect& area = m_layout.area;
    for (const PlotEvent& event : m_plot.events) {
        const double x = m_layout.pixelX(event.x);
        if (x < area.left || x > area.right())
            continue;
        for (double y = area.top + 6; y < area.bottom(); y += 5)
            paintHairline(m_list, m_context.devicePixelRatio(), {x, y}, {x, std::min(y + 2, area.bottom())}, m_tokens.text2);
        if (event.kind == PlotEventKind::Change)
            m_list->AddTriangleFilled(at(x - 4, area.top), at(x + 4, area.top), at(x, area.top + 6), imColor(m_tokens.text2));
        else
            m_list->AddRectFilled(at(x, area.top), at(x + 7, area.top + 5), imColor(m_tokens.text2));
        const bool left = x - area.left > textWidth(m_context, FontRole::Axis, event.label) + 12;
        paintText(m_context, FontRole::Axis, x + (left ? -8 : 8), area.top + 6, m_tokens.text2, event.label,
                  left ? TextAlign::Right : TextAlign::Left);
    }
    if (!m_plot.now)
        return;
    const double x = m_layout.pixelX(*m_plot.now);
    if (x < area.left || x > area.right() + 0.5)
        return;
    m_list->AddLine(at(std::round(x) + 0.5, area.top), at(std::round(x) + 0.5, area.bottom()), imColor(m_tokens.accent), 1.5f);
    if (!m_plot.nowHandle)
        return;
    const PlotRect grip = m_layout.handle(*m_plot.now);
    m_list->AddRectFilled(at(grip.left, grip.top), at(grip.right(), grip.bottom()), imColor(m_tokens.accent), 3);
}

void PlotPainter::paintRings() {
    for (const PlotSeries& series : m_plot.series) {
        if (!series.ringAtNewest || !series.line || series.dashed || series.y.empty() || series.x.size() != series.y.size())
            continue;
        paintRing({m_layout.pixelX(series.x.back()), m_layout.pixelY(series.y.back())}, m_tokens.seriesColor(series.colorIndex));
    }
}

void PlotPainter::paintHover(double x) {
    const double pixel = m_layout.pixelX(x);
    const PlotRect& area = m_layout.area;
    if (isEmpty(m_plot) || pixel < area.left || pixel > area.right())
        return;
    paintHairline(m_list, m_context.devicePixelRatio(), {pixel, area.top}, {pixel, area.bottom()}, m_tokens.text3);
    for (const HoverValue& value : hoverValues(m_plot, x))
        paintRing({m_layout.pixelX(value.x), m_layout.pixelY(value.y)}, m_tokens.seriesColor(m_plot.series[value.series].colorIndex));
}

void PlotPainter::paintLine(const std::vector<PlotPoint>& points, ThemeColor color, double width, bool dashed) {
    constexpr double kDash = 4, kPeriod = 7;
    std::vector<ImVec2> line;
    const auto flush = [&] {
        if (line.size() >= 2)
            m_list->AddPolyline(line.data(), static_cast<int>(line.size()), imColor(color), 0, static_cast<float>(width));
        line.clear();
    };
    if (!dashed) {
        for (std::size_t i = 0; i < points.size(); ++i) {
            line.push_back(at(points[i]));
            if (line.size() >= kPointsPerCall || (line.size() > 1 && i + 1 < points.size() && turnsSharply(points[i - 1], points[i], points[i + 1]))) {
                flush();
                line.push_back(at(points[i]));
            }
        }
        flush();
        return;
    }
    double along = 0;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
        const PlotPoint a = points[i], b = points[i + 1];
        const double length = std::hypot(b.x - a.x, b.y - a.y);
        for (double done = 0; done < length;) {
            const double phase = std::fmod(along + done, kPeriod);
            const bool on = phase < kDash;
            const double next = std::min(length, done + (on ? kDash : kPeriod) - phase + 1e-9);
            const auto point = [&](double distance) { return at(a.x + (b.x - a.x) * distance / length, a.y + (b.y - a.y) * distance / length); };
            if (on) {
                if (line.empty())
                    line.push_back(point(done));
                line.push_back(point(next));
            } else {
                flush();
            }
            done = next;
        }
        along += length;
    }
    flush();
}

void PlotPainter::paintMarker(PlotMarker marker, PlotPoint centre, ThemeColor color) {
    const double x = centre.x, y = centre.y;
    const ImU32 fill = imColor(color);
    switch (marker) {
    case PlotMarker::None: break;
    case PlotMarker::Ring: m_list->AddCircle(at(centre), 3.2f, fill, 16, 1.4f); break;
    case PlotMarker::Circle: m_list->AddCircleFilled(at(centre), 3, fill, 16); break;
    case PlotMarker::Square: m_list->AddRectFilled(at(x - 2.5, y - 2.5), at(x + 2.5, y + 2.5), fill); break;
    case PlotMarker::Triangle: m_list->AddTriangleFilled(at(x, y - 3.5), at(x + 3.2, y + 2.5), at(x - 3.2, y + 2.5), fill); break;
    case PlotMarker::Diamond: m_list->AddQuadFilled(at(x, y - 3.6), at(x + 3.6, y), at(x, y + 3.6), at(x - 3.6, y), fill); break;
    }
}

void PlotPainter::paintRing(PlotPoint centre, ThemeColor color) {
    if (!inside(centre))
        return;
    m_list->AddCircleFilled(at(centre), static_cast<float>(kRing), imColor(m_tokens.bg1), 20);
    m_list->AddCircle(at(centre), static_cast<float>(kRing), imColor(color), 20, 1.5f);
}

bool PlotPainter::inside(PlotPoint point) const {
    const PlotRect& area = m_layout.area;
    return std::isfinite(point.x) && std::isfinite(point.y) && point.x >= area.left - 0.5 && point.x <= area.right() + 0.5 &&
           point.y >= area.top - 0.5 && point.y <= area.bottom() + 0.5;
}

void paintTooltip(InstrumentContext& context, const PlotRect& bounds, double x, double y, const std::string& title,
                  const std::vector<TooltipRow>& rows) {
    constexpr double kPadding = 10, kRow = 16, kSample = 14, kGap = 18, kBeside = 12;
    const Tokens& tokens = context.tokens();
    double labels = 0, values = 0;
    for (const TooltipRow& row : rows) {
        labels = std::max(labels, textWidth(context, FontRole::Axis, row.label));
        values = std::max(values, textWidth(context, FontRole::CardName, row.value));
    }
    const double inner = std::max(textWidth(context, FontRole::Axis, title), kSample + labels + kGap + values);
    const double width = inner + 2 * kPadding, height = kRow * static_cast<double>(rows.size() + 1) + 2 * kPadding - 2;
    double left = x + kBeside;
    if (left + width > bounds.right() - 4)
        left = x - kBeside - width;
    left = std::round(std::clamp(left, bounds.left + 4, std::max(bounds.left + 4, bounds.right() - width - 4)));
    const double top = std::round(std::clamp(y - height / 2, bounds.top + 4, std::max(bounds.top + 4, bounds.bottom() - height - 4)));

    ImDrawList* list = ImGui::GetWindowDrawList();
    const double strength = tokens.mode == ThemeMode::Dark ? 0.10 : 0.025;
    for (int ring = 5; ring >= 1; --ring)
        list->AddRectFilled(at(left - ring, top - ring + 3), at(left + width + ring, top + height + ring + 3),
                            imColor(withAlpha(hexColor(0), strength)), static_cast<float>(6 + ring));
    list->AddRectFilled(at(left, top), at(left + width, top + height), imColor(tokens.line2), 6);
    list->AddRectFilled(at(left + 1, top + 1), at(left + width - 1, top + height - 1), imColor(tokens.pop), 5);
    double line = top + kPadding + kRow / 2 - 1;
    paintText(context, FontRole::Axis, left + kPadding, line, tokens.text2, title);
    for (const TooltipRow& row : rows) {
        line += kRow;
        list->AddRectFilled(at(left + kPadding, line - 1), at(left + kPadding + (row.dashed ? 3 : 8), line + 1), imColor(row.color));
        if (row.dashed)
            list->AddRectFilled(at(left + kPadding + 5, line - 1), at(left + kPadding + 8, line + 1), imColor(row.color));
        paintText(context, FontRole::Axis, left + kPadding + kSample, line, tokens.text2, row.label);
        paintText(context, FontRole::CardName, left + width - kPadding, line, tokens.text1, row.value, TextAlign::Right);
    }
}

}  // namespace convolab
