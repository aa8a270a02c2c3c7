#include "widgets/maps/value_export.h"

#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/plots/svg_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace convolab {

namespace {

std::string everyDigit(float value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string separated(const ValueTable& table, char separator) {
    std::string result;
    for (int row = 0; row < table.rows; ++row) {
        for (int column = 0; column < table.columns; ++column) {
            if (column > 0) result += separator;
            result += everyDigit(table.values[static_cast<std::size_t>(row * table.columns + column)]);
        }
        result += '\n';
    }
    return result;
}

PixelTile tileOf(const ValueTable& table, bool caption) {
    PixelTile tile{table.columns, table.rows, table.values, caption ? table.title : std::string{}};
    if (table.scale.kind != ValueScale::Kind::Diverging)
        for (float& value : tile.values) value = static_cast<float>(value / table.scale.limit);
    return tile;
}

MosaicOptions optionsFor(const ValueTable& table, int columns, double tileWidth, const std::string& title) {
    MosaicOptions options;
    options.map = table.scale.kind == ValueScale::Kind::Grey        ? PixelMap::Grey
                  : table.scale.kind == ValueScale::Kind::Diverging ? PixelMap::Diverging
                                                                    : PixelMap::Sequential;
    options.limit = table.scale.limit;
    options.columns = columns;
    options.tileWidth = tileWidth;
    options.title = title;
    return options;
}

std::string gridSvg(const ValueTable& table, ThemeMode mode) {
    constexpr double kCell = 40, kMargin = 12, kTitle = 26;
    const Tokens& colors = tokens(mode);
    SvgText svg(std::max(2 * kMargin + table.columns * kCell, svgTextWidth(table.title) * 1.12 + 2 * kMargin),
                kTitle + table.rows * kCell + kMargin, colors.bg1, table.title);
    svg.text({kMargin, kTitle - 8}, table.title, {.color = colors.text1, .size = 11.5, .bold = true});
    const int decimals = tableDecimals(table.values);
    for (int row = 0; row < table.rows; ++row) {
        for (int column = 0; column < table.columns; ++column) {
            const double value = table.values[static_cast<std::size_t>(row * table.columns + column)];
            const ThemeColor fill = table.scale.color(value);
            const PlotRect cell{kMargin + column * kCell, kTitle + row * kCell, kCell - 1, kCell - 1};
            svg.rect(cell, fill);
            svg.text({cell.left + cell.width / 2, cell.top + cell.height / 2 + 4}, fixedText(value, decimals),
                     {.color = inkOn(fill), .anchor = SvgAnchor::Middle});
        }
    }
    return svg.finish();
}

}  // namespace

std::string tableText(const ValueTable& table) { return separated(table, '\t'); }
std::string tableCsv(const ValueTable& table) { return separated(table, ','); }

InstrumentExport mapExport(ValueTable table) {
    return {.name = table.title,
            .text = [table] { return tableText(table); },
            .csv = [table] { return tableCsv(table); },
            .svg = [table](ThemeMode mode) {
                const PixelTile tile = tileOf(table, false);
                return writeMosaicSvg({&tile, 1}, optionsFor(table, 1, 240, table.title), mode);
            }};
}

InstrumentExport gridExport(ValueTable table) {
    return {.name = table.title,
            .text = [table] { return tableText(table); },
            .csv = [table] { return tableCsv(table); },
            .svg = [table](ThemeMode mode) { return gridSvg(table, mode); }};
}

InstrumentExport mosaicExport(const std::string& title, std::vector<ValueTable> maps, int columns) {
    const auto joined = [maps](char separator) {
        std::string result;
        for (const ValueTable& map : maps) result += map.title + "\n" + separated(map, separator) + "\n";
        return result;
    };
    return {.name = title,
            .text = [joined] { return joined('\t'); },
            .csv = [joined] { return joined(','); },
            .svg = [maps, title, columns](ThemeMode mode) {
                std::vector<PixelTile> tiles;
                for (const ValueTable& map : maps) tiles.push_back(tileOf(map, true));
                return writeMosaicSvg(tiles, optionsFor(maps.empty() ? ValueTable{} : maps.front(), columns, 96, title), mode);
            }};
}

int tableDecimals(std::span<const float> values) {
    double largest = 0;
    bool whole = true;
    for (const float value : values) {
        if (!std::isfinite(value)) continue;
        largest = std::max(largest, static_cast<double>(std::abs(value)));
        whole = whole && value == std::floor(value);
    }
    if (whole && largest > 1) return 0;
    return largest >= 1000 ? 0 : largest >= 100 ? 1 : 2;
}

}  // namespace convolab
