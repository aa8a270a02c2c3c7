#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/plots/svg_writer.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kMargin = 12, kTitle = 26, kGap = 6, kCaption = 15;

struct Span {
    double low = 0, high = 1;
};

ThemeColor pixelColor(const PixelTile& tile, std::size_t index, PixelMap map, Span span) {
    const auto grey = [](double value) { return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); };
    if (map == PixelMap::Colour) {
        const auto plane = static_cast<std::size_t>(tile.width) * static_cast<std::size_t>(tile.height);
        return {grey(tile.values[index]), grey(tile.values[index + plane]), grey(tile.values[index + 2 * plane]), 255};
    }
    const double value = (tile.values[index] - span.low) / std::max(span.high - span.low, 1e-30);
    if (map == PixelMap::Diverging)
        return divergingColor(2 * value - 1);
    if (map == PixelMap::Sequential)
        return sequentialColor(value);
    const std::uint8_t level = std::isfinite(value) ? grey(value) : 0;
    return {level, level, level, 255};
}

Span tileSpan(const PixelTile& tile, const MosaicOptions& options, double limit) {
    if (options.map == PixelMap::Diverging)
        return {-limit, limit};
    if (!options.perTile || options.map == PixelMap::Colour || tile.values.empty())
        return {};
    const auto [low, high] = std::minmax_element(tile.values.begin(), tile.values.end());
    return {*low, *high};
}

double largestMagnitude(std::span<const PixelTile> tiles) {
    double largest = 0;
    for (const PixelTile& tile : tiles) {
        for (const float value : tile.values)
            largest = std::isfinite(value) ? std::max(largest, static_cast<double>(std::abs(value))) : largest;
    }
    return largest > 0 ? largest : 1;
}

// Neighbours of one colour in a row become one rectangle, which keeps digits and masks small.
void drawTile(SvgText& svg, const PixelTile& tile, const MosaicOptions& options, Span span, double left, double top, double pixel) {
    const std::size_t planes = options.map == PixelMap::Colour ? 3 : 1;
    if (tile.values.size() < planes * static_cast<std::size_t>(tile.width) * static_cast<std::size_t>(tile.height))
        return;
    for (int y = 0; y < tile.height; ++y) {
        for (int x = 0; x < tile.width;) {
            const auto row = static_cast<std::size_t>(y) * static_cast<std::size_t>(tile.width);
            const ThemeColor color = pixelColor(tile, row + static_cast<std::size_t>(x), options.map, span);
            int end = x + 1;
            while (end < tile.width && pixelColor(tile, row + static_cast<std::size_t>(end), options.map, span) == color)
                ++end;
            svg.rect({left + x * pixel, top + y * pixel, (end - x) * pixel, pixel}, color);
            x = end;
        }
    }
}

ThemeColor shadeText(ThemeColor background) {
    const ThemeColor dark = hexColor(0x0D0F14), light = hexColor(0xFFFFFF);
    return contrastRatio(background, dark) > contrastRatio(background, light) ? dark : light;
}

}  // namespace

std::string writeMosaicSvg(std::span<const PixelTile> tiles, const MosaicOptions& options, ThemeMode mode) {
    const Tokens& colors = tokens(mode);
    const int count = static_cast<int>(tiles.size()), columns = std::clamp(options.columns, 1, std::max(1, count));
    const int rows = (count + columns - 1) / columns;
    double tileHeight = 0;
    bool captions = false;
    for (const PixelTile& tile : tiles) {
        tileHeight = std::max(tileHeight, tile.width > 0 ? options.tileWidth * tile.height / tile.width : 0.0);
        captions = captions || !tile.caption.empty();
    }
    const double limit = options.limit > 0 ? options.limit : largestMagnitude(tiles);
    const bool scaleNote = options.map == PixelMap::Diverging;
    const double header = options.title.empty() && !scaleNote ? kMargin : kTitle + 4;
    const double cellHeight = tileHeight + (captions ? kCaption : 0) + kGap;
    const std::string note = scaleNote ? "\u00B1 " + valueText(limit, 3) : "";
    const double wanted = svgTextWidth(options.title) * 1.12 + svgTextWidth(note) + 20 + 2 * kMargin;
    const double width = std::max(2 * kMargin + columns * (options.tileWidth + kGap) - kGap, wanted);
    SvgText svg(width, header + rows * cellHeight + kMargin - (rows > 0 ? kGap : 0), colors.bg1, options.title);
    svg.text({kMargin, kTitle - 8}, options.title, {.color = colors.text1, .size = 11.5, .bold = true});
    svg.text({width - kMargin, kTitle - 8}, note, {.color = colors.text3, .anchor = SvgAnchor::End});
    svg.openCrispGroup();
    for (int i = 0; i < count; ++i) {
        const PixelTile& tile = tiles[static_cast<std::size_t>(i)];
        if (tile.width > 0)
            drawTile(svg, tile, options, tileSpan(tile, options, limit), kMargin + (i % columns) * (options.tileWidth + kGap),
                     header + (i / columns) * cellHeight, options.tileWidth / tile.width);
    }
    svg.closeGroup();
    for (int i = 0; captions && i < count; ++i)
        svg.text({kMargin + (i % columns) * (options.tileWidth + kGap) + options.tileWidth / 2, header + (i / columns) * cellHeight + tileHeight + 11},
                 tiles[static_cast<std::size_t>(i)].caption, {.color = colors.text3, .anchor = SvgAnchor::Middle});
    return svg.finish();
}

std::string writeConfusionSvg(const ConfusionTable& table, ThemeMode mode) {
    const Tokens& colors = tokens(mode);
    const std::size_t n = table.classes.size();
    long long largest = 0;
    for (const long long value : table.counts)
        largest = std::max(largest, value);
    double labelWidth = 20, topLabel = 0;
    for (const std::string& name : table.classes)
        labelWidth = std::max(labelWidth, svgTextWidth(name));
    topLabel = labelWidth;
    const double cell = std::max({30.0, svgTextWidth(countText(largest)) + 10, std::min(topLabel + 8, 64.0)}), height = 24;
    const double left = kMargin + 16 + labelWidth + 8, top = kTitle + 34;
    SvgText svg(left + static_cast<double>(n) * cell + kMargin, top + static_cast<double>(n) * height + kMargin, colors.bg1, table.title);
    svg.text({kMargin, kTitle - 8}, table.title, {.color = colors.text1, .size = 11.5, .bold = true});
    svg.text({left, kTitle + 12}, "predicted", {.color = colors.text3});
    svg.text({kMargin, top - 8}, "true", {.color = colors.text3});
    for (std::size_t row = 0; row < n && (row + 1) * n <= table.counts.size(); ++row) {
        const double y = top + static_cast<double>(row) * height, x = left + static_cast<double>(row) * cell;
        svg.text({left - 8, y + 16}, table.classes[row], {.color = colors.text2, .anchor = SvgAnchor::End});
        svg.text({x + cell / 2, top - 8}, table.classes[row], {.color = colors.text2, .anchor = SvgAnchor::Middle});
        long long total = 0;
        for (std::size_t column = 0; column < n; ++column)
            total += table.counts[row * n + column];
        for (std::size_t column = 0; column < n; ++column) {
            const long long value = table.counts[row * n + column];
            const double share = total > 0 ? static_cast<double>(value) / static_cast<double>(total) : 0;
            // The square root lifts the few mistakes, which are what one looks for.
            const ThemeColor fill = value == 0 ? colors.bg4 : sequentialColor(0.12 + 0.88 * std::sqrt(share));
            const PlotRect box{left + static_cast<double>(column) * cell + 1, y + 1, cell - 2, height - 2};
            svg.rect(box, fill, 2);
            svg.text({box.left + box.width / 2, y + 16}, value == 0 ? "" : countText(value),
                     {.color = shadeText(fill), .anchor = SvgAnchor::Middle});
        }
    }
    return svg.finish();
}

}  // namespace convolab
