#include "app/cli/picture_sheet.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr int kTile = 64;        // wanted side of a tile in pixels
constexpr int kLargeTile = 256;  // of a few tiles beside each other
constexpr int kFewTiles = 4;
constexpr int kGap = 2;
constexpr double kStrongest = 0.85;  // share of the colour over an image

ThemeColor paper() { return tokens(ThemeMode::Dark).bg2; }

ThemeColor grey(double value) {
    const auto level = static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(value, 0.0, 1.0)));
    return {level, level, level};
}

double luma(ThemeColor color) {
    return (0.299 * color.red + 0.587 * color.green + 0.114 * color.blue) / 255.0;
}

int zoomTo(int side, int width, int height) { return std::max(1, side / std::max(width, height)); }

}  // namespace

PictureSheet::PictureSheet(int columns, int rows, ThemeColor fill)
    : width(columns),
      height(rows),
      rgb(std::size_t{3} * static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {
    for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) set(x, y, fill);
    }
}

void PictureSheet::set(int x, int y, ThemeColor color) {
    std::uint8_t* pixel = rgb.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                                            static_cast<std::size_t>(x));
    pixel[0] = color.red;
    pixel[1] = color.green;
    pixel[2] = color.blue;
}

ThemeColor PictureSheet::at(int x, int y) const {
    const std::uint8_t* pixel =
        rgb.data() +
        3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    return {pixel[0], pixel[1], pixel[2]};
}

ColorScale ColorScale::of(std::span<const float> values) {
    ColorScale scale{false, 0.0};
    for (const float value : values) {
        scale.isSigned = scale.isSigned || value < 0.0F;
        scale.limit = std::max(scale.limit, std::abs(static_cast<double>(value)));
    }
    if (scale.limit == 0.0) scale.limit = 1.0;
    return scale;
}

ThemeColor ColorScale::color(double value) const {
    return isSigned ? divergingColor(value / limit) : sequentialColor(value / limit);
}

PictureSheet imageSheet(const View<const float>& image) {
    const bool vector = !image.shape.isImage();
    const auto height = static_cast<int>(vector ? 1 : image.shape.height());
    const auto width = static_cast<int>(vector ? image.shape.size() : image.shape.width());
    const bool colour = !vector && image.shape.channels() >= 3;
    const std::int64_t plane = std::int64_t{height} * width;
    PictureSheet sheet(width, height, paper());
    for (std::int64_t i = 0; i < plane; ++i) {
        ThemeColor color = grey(image[i]);
        if (colour) color = {color.red, grey(image[plane + i]).green, grey(image[2 * plane + i]).blue};
        sheet.set(static_cast<int>(i % width), static_cast<int>(i / width), color);
    }
    return sheet;
}

PictureSheet mapSheet(std::span<const float> values, int height, int width, const ColorScale& scale) {
    PictureSheet sheet(width, height, paper());
    for (int i = 0; i < height * width; ++i) {
        sheet.set(i % width, i / width, scale.color(values[static_cast<std::size_t>(i)]));
    }
    return sheet;
}

PictureSheet colorKernelSheet(std::span<const float> values, int height, int width, double limit) {
    const int plane = height * width;
    const auto level = [&](int i) {
        return grey(0.5 + values[static_cast<std::size_t>(i)] / (2.0 * limit)).red;
    };
    PictureSheet sheet(width, height, paper());
    for (int i = 0; i < plane; ++i)
        sheet.set(i % width, i / width, {level(i), level(plane + i), level(2 * plane + i)});
    return sheet;
}

PictureSheet overlaySheet(const PictureSheet& image, std::span<const float> values, const ColorScale& scale) {
    PictureSheet sheet = image;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const double value = values[static_cast<std::size_t>(y * image.width + x)];
            const double share = kStrongest * std::min(1.0, std::abs(value) / scale.limit);
            sheet.set(x, y, mixColors(grey(luma(image.at(x, y))), scale.color(value), share));
        }
    }
    return sheet;
}

int zoomOf(int width, int height) { return zoomTo(kLargeTile, width, height); }

PictureSheet enlargedSheet(const PictureSheet& sheet, int zoom) {
    PictureSheet large(sheet.width * zoom, sheet.height * zoom, paper());
    for (int y = 0; y < large.height; ++y) {
        for (int x = 0; x < large.width; ++x) large.set(x, y, sheet.at(x / zoom, y / zoom));
    }
    return large;
}

PictureSheet mosaicSheet(const std::vector<PictureSheet>& tiles, int columns) {
    const auto count = static_cast<int>(tiles.size());
    if (columns <= 0) columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(count))));
    const int rows = (count + columns - 1) / columns;
    const PictureSheet& first = tiles.front();
    const int zoom = zoomTo(count <= kFewTiles ? kLargeTile : kTile, first.width, first.height);
    const int stepX = first.width * zoom + kGap;
    const int stepY = first.height * zoom + kGap;
    PictureSheet mosaic(columns * stepX + kGap, rows * stepY + kGap, paper());
    for (int i = 0; i < count; ++i) {
        const PictureSheet tile = enlargedSheet(tiles[static_cast<std::size_t>(i)], zoom);
        for (int y = 0; y < tile.height; ++y) {
            for (int x = 0; x < tile.width; ++x) {
                mosaic.set(kGap + i % columns * stepX + x, kGap + i / columns * stepY + y, tile.at(x, y));
            }
        }
    }
    return mosaic;
}

}  // namespace convolab
