#include "widgets/weights/weight_picture.h"

#include "widgets/theme/tokens.h"

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

float largestMagnitude(std::span<const float> values) {
    float limit = 0.0F;
    for (const float value : values)
        limit = std::max(limit, std::abs(value));
    return limit > 0 && std::isfinite(limit) ? limit : 1.0F;
}

}  // namespace

std::optional<std::int64_t> WeightPicture::weightAt(int x, int y) const {
    if (x < 0 || y < 0 || x >= image.width() || y >= image.height()) return std::nullopt;
    const std::int64_t pitchX = kernelWidth + gap, pitchY = kernelHeight + gap;
    const std::int64_t column = x / pitchX, row = y / pitchY, dx = x % pitchX, dy = y % pitchY;
    const std::int64_t tile = row * across + column;
    if (dx >= kernelWidth || dy >= kernelHeight || tile >= tiles) return std::nullopt;
    // With every channel a row of the picture is a filter; else tiles are filters, one after the other.
    const std::int64_t first = rowStride > 0 ? row * rowStride + column * tileStride : tile * tileStride;
    return first + dy * kernelWidth + dx;
}

WeightPicture weightPicture(const Shape& shape, std::span<const float> weights, const WeightPictureOptions& options) {
    WeightPicture picture;
    picture.limit = largestMagnitude(weights);
    if (shape.rank() == 4) {
        const std::int64_t filters = std::min(shape[0], options.mostFilters);
        const std::int64_t channels = options.allChannels ? std::min(shape[1], options.mostChannels) : 1;
        picture.kernelHeight = shape[2];
        picture.kernelWidth = shape[3];
        picture.tileStride = shape[2] * shape[3];
        picture.gap = 1;
        picture.tiles = filters * channels;
        picture.rows = filters;
        picture.columns = channels;
        picture.whole = filters == shape[0] && (!options.allChannels || channels == shape[1]);
        if (channels > 1) {
            picture.across = channels;
            picture.rowStride = shape[1] * picture.tileStride;
        } else {
            picture.tileStride *= shape[1];
            picture.across = filters <= 6 ? std::min<std::int64_t>(filters, 2) : 4;
        }
    } else {
        picture.rows = std::min(shape[0], options.mostCells);
        picture.columns = std::min(shape[1], options.mostCells);
        picture.whole = picture.rows == shape[0] && picture.columns == shape[1];
        // Each row of the matrix is a tile of one pixel's height.
        picture.kernelWidth = picture.columns;
        picture.tileStride = shape[1];
        picture.tiles = picture.rows;
    }
    const std::int64_t down = (picture.tiles + picture.across - 1) / picture.across;
    const auto width = static_cast<int>(picture.across * (picture.kernelWidth + picture.gap) - picture.gap);
    const auto height = static_cast<int>(down * (picture.kernelHeight + picture.gap) - picture.gap);
    picture.image = QImage(std::max(1, width), std::max(1, height), QImage::Format_ARGB32);
    picture.image.fill(Qt::transparent);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto weight = picture.weightAt(x, y);
            if (!weight) continue;
            const auto index = static_cast<std::size_t>(*weight);
            if (index < options.keep.size() && options.keep[index] == 0) continue;
            const ThemeColor color = divergingColor(weights[index] / picture.limit);
            picture.image.setPixel(x, y, qRgb(color.red, color.green, color.blue));
        }
    }
    return picture;
}

}  // namespace convolab
