#include "widgets/instruments/stage_bars_instrument.h"

#include "widgets/imgui/imgui_style.h"
#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/svg_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convolab {
namespace {

constexpr double kPadding = 12, kHeader = 30, kNames = 76, kValues = 148, kLargestRow = 44, kBar = 16;

ImVec2 at(double x, double y) { return {static_cast<float>(x), static_cast<float>(y)}; }

}  // namespace

double StageBarsInstrument::share(std::size_t index) const {
    double largest = 0;
    for (const StageBar& each : m_picture.bars)
        largest = std::max(largest, each.amount);
    return largest > 0 ? std::clamp(m_picture.bars[index].amount / largest, 0.0, 1.0) : 0;
}

PlotRect StageBarsInstrument::bar(std::size_t index, double width, double height) const {
    const double room = std::max(20.0, width - 2 * kPadding - kNames - kValues);
    const double row = std::min(kLargestRow, (height - kHeader - 8) / static_cast<double>(std::max<std::size_t>(1, m_picture.bars.size())));
    const double thick = std::min(kBar, row - 4), middle = kHeader + row * (static_cast<double>(index) + 0.5);
    return {kPadding + kNames, middle - thick / 2, std::max(1.0, room * share(index)), thick};
}

void StageBarsInstrument::draw(InstrumentContext& context) {
    const Tokens& tokens = context.tokens();
    const double width = context.width(), height = context.height();
    paintText(context, FontRole::CardName, kPadding, 16, tokens.text1, m_picture.title);
    paintText(context, FontRole::Axis, width - kPadding, 16, tokens.text3, m_picture.note, TextAlign::Right);
    if (m_picture.bars.empty()) {
        paintText(context, FontRole::Body, width / 2, height / 2, tokens.text3, m_picture.emptyText, TextAlign::Centre);
        return;
    }
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (std::size_t i = 0; i < m_picture.bars.size(); ++i) {
        const StageBar& stage = m_picture.bars[i];
        const PlotRect place = bar(i, width, height);
        const double middle = place.top + place.height / 2;
        paintText(context, FontRole::Body, kPadding, middle, stage.planned ? tokens.text3 : tokens.text2, stage.name);
        const ThemeColor color = i == 0 ? tokens.edge : tokens.seriesColor(3);
        if (stage.planned) {
            list->AddRect(at(place.left, place.top), at(place.right(), place.bottom()), imColor(color), 1.0f);
            list->PushClipRect(at(place.left, place.top), at(place.right(), place.bottom()), true);
            for (double x = place.left - place.height; x < place.right(); x += 6)
                list->AddLine(at(x, place.bottom()), at(x + place.height, place.top), imColor(color), 1.0f);
            list->PopClipRect();
        } else {
            list->AddRectFilled(at(place.left, place.top), at(place.right(), place.bottom()), imColor(color), place.width > 4 ? 2.0f : 0.0f);
        }
        paintText(context, FontRole::BodyStrong, place.right() + 8, middle, tokens.text1, stage.value);
        const double after = place.right() + 8 + textWidth(context, FontRole::BodyStrong, stage.value) + 8;
        paintText(context, FontRole::Axis, after, middle, tokens.text3, stage.remark);
    }
}

std::string StageBarsInstrument::accessibleText() const {
    std::string text = m_picture.title;
    if (m_picture.bars.empty())
        return text + ": " + m_picture.emptyText;
    for (const StageBar& stage : m_picture.bars)
        text += "\n" + stage.name + ": " + stage.value + (stage.remark.empty() ? "" : ", " + stage.remark);
    return text;
}

std::string StageBarsInstrument::csv() const {
    std::string text = "stage,amount,value,remark\n";
    for (const StageBar& stage : m_picture.bars) {
        char amount[32];
        std::snprintf(amount, sizeof amount, "%.0f", stage.amount);  // no decimal point, whatever the locale
        text += "\"" + stage.name + "\"," + amount + ",\"" + stage.value + "\",\"" + stage.remark + "\"\n";
    }
    return text;
}

std::string StageBarsInstrument::svg(ThemeMode mode) const {
    constexpr double kWidth = 520;
    const double height = kHeader + kLargestRow * static_cast<double>(m_picture.bars.size()) + 12;
    const Tokens& colors = convolab::tokens(mode);
    SvgText picture(kWidth, height, colors.bg1, m_picture.title);
    picture.text({kPadding, 20}, m_picture.title, {.color = colors.text1, .size = 11.5, .bold = true});
    for (std::size_t i = 0; i < m_picture.bars.size(); ++i) {
        const StageBar& stage = m_picture.bars[i];
        const PlotRect place = bar(i, kWidth, height);
        const double baseline = place.top + place.height / 2 + 4;
        picture.text({kPadding, baseline}, stage.name, {.color = colors.text2, .size = 12});
        picture.rect(place, i == 0 ? colors.edge : colors.seriesColor(3), 2);
        picture.text({place.right() + 8, baseline}, stage.value + (stage.remark.empty() ? "" : "  " + stage.remark), {.color = colors.text1});
    }
    return picture.finish();
}

std::optional<InstrumentExport> StageBarsInstrument::exportAt(double, double) const {
    if (m_picture.bars.empty())
        return std::nullopt;
    const StageBarsInstrument copy = *this;
    return InstrumentExport{m_picture.title, [copy] { return copy.accessibleText(); }, [copy] { return copy.csv(); },
                            [copy](ThemeMode mode) { return copy.svg(mode); }};
}

}  // namespace convolab
