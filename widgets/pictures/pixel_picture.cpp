#include "widgets/pictures/pixel_picture.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "widgets/theme/tokens.h"

namespace convolab {

namespace {

int level(float value) { return static_cast<int>(std::lround(std::clamp(value, 0.0F, 1.0F) * 255.0F)); }

QRgb rgb(ThemeColor color) { return qRgb(color.red, color.green, color.blue); }

template <class ColorOf>
QImage painted(int width, int height, ColorOf colorOf) {
    QImage picture(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(picture.scanLine(y));
        for (int x = 0; x < width; ++x) line[x] = colorOf(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    }
    return picture;
}

}  // namespace

QImage pixelPicture(View<const float> image) {
    int width = static_cast<int>(image.shape.width());
    int height = static_cast<int>(image.shape.height());
    std::int64_t channels = image.shape.channels();
    if (!image.shape.isImage()) {
        const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(image.size()))));
        const bool square = std::int64_t{side} * side == image.size();
        width = square ? side : static_cast<int>(image.size());
        height = square ? side : 1;
        channels = 1;
    }
    const std::size_t area = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    const bool colour = channels >= 3;
    return painted(width, height, [&](std::size_t i) {
        const int red = level(image.data[i]);
        return colour ? qRgb(red, level(image.data[area + i]), level(image.data[2 * area + i])) : qRgb(red, red, red);
    });
}

QImage sequentialPicture(std::span<const float> values, int width, int height, double low, double high) {
    const double range = high > low ? high - low : 1.0;
    return painted(width, height, [&](std::size_t i) { return rgb(sequentialColor((values[i] - low) / range)); });
}

QImage divergingPicture(std::span<const float> values, int width, int height, double limit) {
    const double unit = limit > 0.0 ? limit : 1.0;
    return painted(width, height, [&](std::size_t i) { return rgb(divergingColor(values[i] / unit)); });
}

QRectF drawPixels(QPainter& painter, const QImage& picture, const QRectF& box) {
    if (picture.isNull() || box.isEmpty()) return {};
    const double scale = std::min(box.width() / picture.width(), box.height() / picture.height());
    QRectF target(0, 0, picture.width() * scale, picture.height() * scale);
    target.moveCenter(box.center());
    const bool smooth = painter.testRenderHint(QPainter::SmoothPixmapTransform);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(target, picture);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth);
    return target;
}

}  // namespace convolab
