#include "widgets/instruments/cost_bars_instrument.h"

#include "widgets/instruments/plot_painter.h"
#include "widgets/imgui/imgui_style.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace convolab {
namespace {

constexpr double kPadding = 12, kHeader = 28, kRow = 22, kBar = 8;
constexpr std::size_t kColumns = 3;
constexpr std::array<const char*, kColumns> kTitles{"parameters", "MACs", "activations, KiB"};

double amount(std::size_t column, const CostRow& row) {
    return column == 0 ? static_cast<double>(row.parameters) : column == 1 ? static_cast<double>(row.macs) : row.activationBytes / 1024;
}

std::string amountText(std::size_t column, const CostRow& row) {
    return column == 0 ? countText(row.parameters) : column == 1 ? countText(row.macs) : valueText(row.activationBytes / 1024, 3);
}

struct Columns {
    double names = 0, width = 0;
    explicit Columns(double total) : names(std::clamp(total * 0.2, 112.0, 150.0)), width((total - 2 * kPadding - names) / kColumns) {}
    double left(std::size_t column) const { return kPadding + names + static_cast<double>(column) * width; }
};

}  // namespace

double CostBarsInstrument::fraction(std::size_t column, const CostRow& row) const {
    double largest = 0;
    for (const CostRow& other : m_rows)
        largest = std::max(largest, amount(column, other));
    return largest > 0 ? amount(column, row) / largest : 0;
}

void CostBarsInstrument::draw(InstrumentContext& context) {
    const Tokens& tokens = context.tokens();
    const bool scrolls = kRow * static_cast<double>(m_rows.size()) > context.height() - kHeader;
    const double rowWidth = context.width() - (scrolls ? 12 : 0);
    const Columns columns(rowWidth);
    paintText(context, FontRole::CardName, kPadding, kHeader / 2 + 2, tokens.text1, "Where the cost is");
    if (m_rows.empty()) {
        paintText(context, FontRole::Body, context.width() / 2, context.height() / 2, tokens.text3, "Counted as soon as the layers are joined", TextAlign::Centre);
        return;
    }
    for (std::size_t column = 0; column < kColumns; ++column)
        paintText(context, FontRole::Axis, columns.left(column), kHeader / 2 + 2, tokens.text3, kTitles[column]);
    ImGui::SetCursorPos({0, static_cast<float>(kHeader)});
    ImGui::BeginChild("rows", {0, 0}, false, ImGuiWindowFlags_NoBackground);
    const double top = ImGui::GetCursorScreenPos().y;
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        drawRow(context, i, top + kRow * static_cast<double>(i), rowWidth);
    ImGui::SetCursorPos({0, 0});
    ImGui::Dummy({1, static_cast<float>(kRow * static_cast<double>(m_rows.size()) - 1)});
    ImGui::EndChild();
}

void CostBarsInstrument::drawRow(InstrumentContext& context, std::size_t index, double top, double rowWidth) {
    const Tokens& tokens = context.tokens();
    const CostRow& row = m_rows[index];
    const Columns columns(rowWidth);
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImGui::SetCursorScreenPos({0, static_cast<float>(top)});
    ImGui::PushID(static_cast<int>(index));
    const bool clicked = ImGui::InvisibleButton("row", {static_cast<float>(rowWidth), static_cast<float>(kRow)});
    const bool hovered = ImGui::IsItemHovered();
    ImGui::PopID();
    const ImVec2 upper{0, static_cast<float>(top)}, lower{static_cast<float>(rowWidth), static_cast<float>(top + kRow)};
    if (m_rowClicked && hovered)
        list->AddRectFilled(upper, lower, imColor(tokens.bg4));
    if (clicked && m_rowClicked)
        m_rowClicked(index);
    const double middle = top + kRow / 2;
    list->PushClipRect(upper, {static_cast<float>(kPadding + columns.names - 8), lower.y}, true);
    paintText(context, row.selected ? FontRole::BodyStrong : FontRole::Body, kPadding, middle, row.selected ? tokens.text1 : tokens.text2,
              row.layer);
    list->PopClipRect();
    for (std::size_t column = 0; column < kColumns; ++column) {
        const std::string text = amountText(column, row);
        const double room = std::max(8.0, columns.width - textWidth(context, FontRole::Axis, text) - 20);
        // The longest bar leaves room for the longest number, so that all columns keep one scale.
        double narrowest = room;
        for (const CostRow& other : m_rows)
            narrowest = std::min(narrowest, std::max(8.0, columns.width - textWidth(context, FontRole::Axis, amountText(column, other)) - 20));
        const double left = columns.left(column), length = std::max(1.0, std::round(narrowest * fraction(column, row)));
        list->AddRectFilled({static_cast<float>(left), static_cast<float>(middle - kBar / 2)},
                            {static_cast<float>(left + length), static_cast<float>(middle + kBar / 2)},
                            imColor(row.selected ? tokens.accent : tokens.edge), length > 4 ? 1.0f : 0.0f);
        paintText(context, FontRole::Axis, left + length + 6, middle, tokens.text1, text);
    }
}

std::string CostBarsInstrument::csv() const {
    std::string text = "layer,parameters,MACs,activation bytes\n";
    for (const CostRow& row : m_rows) {
        std::string name = row.layer;
        for (std::size_t i = name.find('"'); i != std::string::npos; i = name.find('"', i + 2))
            name.insert(i, 1, '"');
        text += "\"" + name + "\"," + std::to_string(row.parameters) + "," + std::to_string(row.macs) + "," +
                std::to_string(static_cast<long long>(row.activationBytes)) + "\n";
    }
    return text;
}

std::string CostBarsInstrument::svg(ThemeMode mode) const {
    constexpr double kWidth = 640;
    const Tokens& colors = convolab::tokens(mode);
    const Columns columns(kWidth);
    SvgText picture(kWidth, kHeader + kRow * static_cast<double>(m_rows.size()) + kPadding, colors.bg1, "Where the cost is");
    picture.text({kPadding, kHeader - 9}, "Where the cost is", {.color = colors.text1, .size = 11.5, .bold = true});
    for (std::size_t column = 0; column < kColumns; ++column)
        picture.text({columns.left(column), kHeader - 9}, kTitles[column], {.color = colors.text3});
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        const double middle = kHeader + kRow * (static_cast<double>(i) + 0.5);
        picture.text({kPadding, middle + 4}, m_rows[i].layer, {.color = colors.text2, .size = 12});
        for (std::size_t column = 0; column < kColumns; ++column) {
            const double length = std::max(1.0, (columns.width - 80) * fraction(column, m_rows[i]));
            picture.rect({columns.left(column), middle - kBar / 2, length, kBar}, colors.edge, 1);
            picture.text({columns.left(column) + length + 6, middle + 4}, amountText(column, m_rows[i]), {.color = colors.text1});
        }
    }
    return picture.finish();
}

std::optional<InstrumentExport> CostBarsInstrument::exportAt(double, double) const {
    if (m_rows.empty())
        return std::nullopt;
    const CostBarsInstrument copy = *this;
    return InstrumentExport{"Cost", [copy] { return copy.accessibleText(); }, [copy] { return copy.csv(); },
                            [copy](ThemeMode mode) { return copy.svg(mode); }};
}

std::string CostBarsInstrument::accessibleText() const {
    std::string text = "Where the cost is";
    for (const CostRow& row : m_rows)
        text += "\n" + row.layer + ": " + countText(row.parameters) + " parameters, " + countText(row.macs) + " MACs, activations " +
                valueText(row.activationBytes / 1024, 3) + " KiB";
    return text;
}

}  // namespace convolab
