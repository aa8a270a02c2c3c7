#include "widgets/instruments/logit_bars_instrument.h"

#include "widgets/imgui/imgui_style.h"
#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/axis_map.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace convolab {
namespace {

constexpr double kPadding = 12, kHeader = 32, kFooter = 22, kSmallestRow = 13, kLargestRow = 30;
constexpr double kLongestName = 72;

ImVec2 at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

void dashedRect(ImDrawList* list, const PlotRect& rect, ThemeColor color) {
    constexpr double kDash = 3, kPeriod = 5;
    const auto side = [&](double x0, double y0, double x1, double y1) {
        const double length = std::hypot(x1 - x0, y1 - y0);
        for (double done = 0; done < length; done += kPeriod) {
            const double end = std::min(length, done + kDash);
            list->AddLine(at(x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length),
                          at(x0 + (x1 - x0) * end / length, y0 + (y1 - y0) * end / length), imColor(color), 1.0f);
        }
    };
    if (rect.width < 1)
        return;
    side(rect.left, rect.top, rect.right(), rect.top);
    side(rect.right(), rect.top, rect.right(), rect.bottom());
    side(rect.right(), rect.bottom(), rect.left, rect.bottom());
    side(rect.left, rect.bottom(), rect.left, rect.top);
}

}  // namespace

struct LogitBarsInstrument::Layout {
    AxisMap axis;
    PlotRect area;
    double rowHeight = 0;
    std::vector<std::size_t> shown;  // classes, ascending

    double pixel(double value) const { return area.left + axis.position(value) * area.width; }
    PlotRect span(double value, double top, double height) const {
        const double zero = pixel(0), end = pixel(value);
        return {std::min(zero, end), top, std::abs(end - zero), height};
    }
    Bar bar(const LogitRow& row, std::size_t index) const {
        const double top = area.top + rowHeight * static_cast<double>(index), height = std::round(rowHeight * 0.62);
        const double middle = std::round(top + (rowHeight - height) / 2);
        return {span(row.clean, middle, height), span(row.adversarial, middle + 1, height - 2)};
    }
};

LogitBarsInstrument::Layout LogitBarsInstrument::layout(double width, double height, const TextWidth& textWidth) const {
    Layout result;
    double names = 0, low = 0, high = 0;
    for (const LogitRow& row : m_picture.rows) {
        names = std::max(names, std::min(kLongestName, textWidth(row.name)));
        low = std::min({low, row.clean, m_picture.adversarialKnown ? row.adversarial : 0});
        high = std::max({high, row.clean, m_picture.adversarialKnown ? row.adversarial : 0});
    }
    const double air = std::max(1e-3, (high - low) * 0.06);
    result.axis = AxisMap(PlotScale::Linear, low - air, high + air);
    const double left = kPadding + names + 10;
    result.area = {left, kHeader, std::max(8.0, width - left - kPadding), std::max(8.0, height - kHeader - kFooter)};
    const auto fits = static_cast<std::size_t>(std::max(1.0, result.area.height / kSmallestRow));
    result.shown.resize(m_picture.rows.size());
    std::iota(result.shown.begin(), result.shown.end(), 0);
    if (result.shown.size() > fits) {
        const auto weight = [&](std::size_t i) { return std::max(m_picture.rows[i].cleanShare, m_picture.rows[i].adversarialShare); };
        std::stable_sort(result.shown.begin(), result.shown.end(), [&](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
        result.shown.resize(fits);
        std::sort(result.shown.begin(), result.shown.end());
    }
    result.rowHeight = std::min(kLargestRow, result.area.height / static_cast<double>(std::max<std::size_t>(1, result.shown.size())));
    return result;
}

void LogitBarsInstrument::draw(InstrumentContext& context) {
    const Tokens& t = context.tokens();
    paintText(context, FontRole::CardName, kPadding, kHeader / 2, t.text1, "Logits");
    if (m_picture.rows.empty()) {
        paintText(context, FontRole::Body, context.width() / 2, context.height() / 2, t.text3, m_picture.emptyText, TextAlign::Centre);
        return;
    }
    const auto measure = [&context](const std::string& text) { return textWidth(context, FontRole::Axis, text); };
    const Layout where = layout(context.width(), context.height(), measure);
    m_names = where.area.left;
    ImDrawList* list = ImGui::GetWindowDrawList();
    // The legend, from the right: filled adversarial, dashed clean.
    double right = context.width() - kPadding;
    const auto legend = [&](const std::string& text, ThemeColor color, bool dashed) {
        paintText(context, FontRole::Axis, right, kHeader / 2, t.text2, text, TextAlign::Right);
        const PlotRect sample{right - textWidth(context, FontRole::Axis, text) - 14, kHeader / 2 - 4, 9, 8};
        if (dashed)
            dashedRect(list, sample, color);
        else
            list->AddRectFilled(at(sample.left, sample.top), at(sample.right(), sample.bottom()), imColor(color));
        right = sample.left - 10;
    };
    const double title = kPadding + textWidth(context, FontRole::CardName, "Logits") + 10;
    const double wanted = textWidth(context, FontRole::Axis, "adversarial") + textWidth(context, FontRole::Axis, "clean") + 38;
    if (right - wanted > title) {
        legend("adversarial", t.series[1], false);
        legend("clean", t.series[0], true);
    }
    for (const AxisTick& tick : where.axis.ticks(where.area.width, 28)) {
        const double x = where.area.left + tick.position * where.area.width;
        list->AddRectFilled(at(std::round(x), where.area.top), at(std::round(x) + 1, where.area.bottom()), imColor(tick.value == 0 ? t.line2 : t.grid));
        paintText(context, FontRole::Axis, x, context.height() - kFooter / 2, t.text3, tick.label, TextAlign::Centre);
    }
    for (std::size_t row = 0; row < where.shown.size(); ++row)
        drawRow(context, where, row);
    drawHover(context, where);
}

void LogitBarsInstrument::drawRow(InstrumentContext& context, const Layout& layout, std::size_t row) const {
    const Tokens& t = context.tokens();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto index = static_cast<int>(layout.shown[row]);
    const LogitRow& values = m_picture.rows[layout.shown[row]];
    const bool before = index == m_picture.cleanClass, after = m_picture.adversarialKnown && index == m_picture.adversarialClass;
    const double middle = layout.area.top + layout.rowHeight * (static_cast<double>(row) + 0.5);
    list->PushClipRect(at(kPadding, layout.area.top), at(layout.area.left - 4, layout.area.bottom()), true);
    paintText(context, before || after ? FontRole::CardName : FontRole::Axis, kPadding, middle, before || after ? t.text1 : t.text2, values.name);
    list->PopClipRect();
    const Bar bar = layout.bar(values, row);
    if (m_picture.adversarialKnown) {
        const ThemeColor fill = after ? (m_picture.preview ? mixColors(t.bg1, t.series[1], 0.6) : t.series[1]) : t.edge;
        list->AddRectFilled(at(bar.adversarial.left, bar.adversarial.top), at(bar.adversarial.right(), bar.adversarial.bottom()), imColor(fill));
    }
    dashedRect(list, bar.clean, before ? t.series[0] : t.text3);
}

void LogitBarsInstrument::drawHover(InstrumentContext& context, const Layout& layout) const {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (mouse.x < 0 || mouse.x > context.width() || mouse.y < layout.area.top)
        return;
    const auto row = static_cast<std::size_t>((mouse.y - layout.area.top) / layout.rowHeight);
    if (row >= layout.shown.size())
        return;
    const Tokens& t = context.tokens();
    const LogitRow& values = m_picture.rows[layout.shown[row]];
    const auto text = [](double logit, double share) { return fixedText(logit, 2) + " · " + percentText(share); };
    std::vector<TooltipRow> rows{{t.series[0], "clean", text(values.clean, values.cleanShare), true}};
    if (m_picture.adversarialKnown)
        rows.push_back({t.series[1], "adversarial", text(values.adversarial, values.adversarialShare)});
    paintTooltip(context, {0, 0, context.width(), context.height()}, mouse.x, mouse.y, "class " + values.name, rows);
}

std::optional<LogitBarsInstrument::Bar> LogitBarsInstrument::bar(int index, double width, double height) const {
    // With the width of names as it was drawn, whatever font that was.
    Layout where = layout(width, height, [](const std::string&) { return 0.0; });
    if (m_names > 0) {
        where.area.width = std::max(8.0, width - m_names - kPadding);
        where.area.left = m_names;
    }
    for (std::size_t row = 0; row < where.shown.size(); ++row) {
        if (static_cast<int>(where.shown[row]) == index)
            return where.bar(m_picture.rows[where.shown[row]], row);
    }
    return std::nullopt;
}

std::string LogitBarsInstrument::accessibleText() const {
    if (m_picture.rows.empty())
        return "Logits: " + m_picture.emptyText;
    std::string text = "Logits";
    for (const LogitRow& row : m_picture.rows) {
        text += "\n" + row.name + ": clean " + fixedText(row.clean, 2);
        if (m_picture.adversarialKnown)
            text += ", adversarial " + fixedText(row.adversarial, 2);
    }
    return text;
}

std::string LogitBarsInstrument::csv() const {
    std::string text = m_picture.adversarialKnown ? "class,clean logit,clean probability,adversarial logit,adversarial probability\n"
                                                  : "class,clean logit,clean probability\n";
    const auto number = [](double value) {
        std::string result = std::to_string(value);
        std::replace(result.begin(), result.end(), ',', '.');
        return result;
    };
    for (const LogitRow& row : m_picture.rows) {
        std::string name = row.name;
        for (std::size_t i = name.find('"'); i != std::string::npos; i = name.find('"', i + 2))
            name.insert(i, 1, '"');
        text += "\"" + name + "\"," + number(row.clean) + "," + number(row.cleanShare);
        if (m_picture.adversarialKnown)
            text += "," + number(row.adversarial) + "," + number(row.adversarialShare);
        text += "\n";
    }
    return text;
}

std::string LogitBarsInstrument::svg(ThemeMode mode) const {
    constexpr double kWidth = 360;
    const double height = kHeader + kFooter + 20 * static_cast<double>(m_picture.rows.size());
    const Tokens& t = convolab::tokens(mode);
    const Layout where = layout(kWidth, height, svgTextWidth);
    SvgText picture(kWidth, height, t.bg1, "Logits");
    picture.text({kPadding, kHeader / 2 + 4}, "Logits", {.color = t.text1, .size = 11.5, .bold = true});
    picture.text({kWidth - kPadding, kHeader / 2 + 4}, m_picture.adversarialKnown ? "dashed: clean, filled: adversarial" : "clean",
                 {.color = t.text2, .anchor = SvgAnchor::End});
    for (const AxisTick& tick : where.axis.ticks(where.area.width, 28)) {
        const double x = std::round(where.area.left + tick.position * where.area.width) + 0.5;
        picture.line({x, where.area.top}, {x, where.area.bottom()}, tick.value == 0 ? t.line2 : t.grid, 1);
        picture.text({x, height - kFooter / 2 + 4}, tick.label, {.color = t.text3, .anchor = SvgAnchor::Middle});
    }
    for (std::size_t row = 0; row < where.shown.size(); ++row) {
        const LogitRow& values = m_picture.rows[where.shown[row]];
        const auto index = static_cast<int>(where.shown[row]);
        const Bar bar = where.bar(values, row);
        picture.text({kPadding, bar.clean.top + bar.clean.height / 2 + 4}, values.name, {.color = t.text2});
        if (m_picture.adversarialKnown)
            picture.rect(bar.adversarial, index == m_picture.adversarialClass ? t.series[1] : t.edge);
        const PlotRect& r = bar.clean;
        picture.polyline({{r.left, r.top}, {r.right(), r.top}, {r.right(), r.bottom()}, {r.left, r.bottom()}, {r.left, r.top}},
                         index == m_picture.cleanClass ? t.series[0] : t.text3, 1, "3 2");
    }
    return picture.finish();
}

std::optional<InstrumentExport> LogitBarsInstrument::exportAt(double, double) const {
    if (m_picture.rows.empty())
        return std::nullopt;
    const LogitBarsInstrument copy = *this;
    return InstrumentExport{"Logits", [copy] { return copy.accessibleText(); }, [copy] { return copy.csv(); },
                            [copy](ThemeMode mode) { return copy.svg(mode); }};
}

}  // namespace convolab
