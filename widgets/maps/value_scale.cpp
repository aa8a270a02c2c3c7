#include "widgets/maps/value_scale.h"

#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

double largestMagnitude(std::span<const float> values) {
    float largest = 0;
    for (const float value : values)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    return largest > 0 ? largest : 1.0;
}

}  // namespace

ThemeColor ValueScale::color(double value) const {
    if (kind == Kind::Diverging) return divergingColor(value / limit);
    if (kind == Kind::Sequential) return sequentialColor(value / limit);
    const double level = std::isfinite(value) ? std::clamp(value / limit, 0.0, 1.0) : 0.0;
    const auto byte = static_cast<std::uint8_t>(std::lround(level * 255));
    return {byte, byte, byte, 255};
}

QImage ValueScale::picture(std::span<const float> values, int width, int height) const {
    if (kind == Kind::Diverging) return divergingPicture(values, width, height, limit);
    if (kind == Kind::Sequential) return sequentialPicture(values, width, height, 0, limit);
    QImage picture(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const ThemeColor grey = color(values[static_cast<std::size_t>(y * width + x)]);
            picture.setPixel(x, y, qRgb(grey.red, grey.green, grey.blue));
        }
    return picture;
}

QString ValueScale::text() const {
    const QString end = QString::fromStdString(valueText(limit, 3));
    return kind == Kind::Diverging ? QStringLiteral("±") + end : QStringLiteral("0 … ") + end;
}

ValueScale ValueScale::of(std::span<const float> values) {
    const bool negative = std::any_of(values.begin(), values.end(), [](float value) { return value < 0; });
    return {negative ? Kind::Diverging : Kind::Sequential, largestMagnitude(values)};
}

ValueScale ValueScale::diverging(std::span<const float> values) { return {Kind::Diverging, largestMagnitude(values)}; }

ThemeColor inkOn(ThemeColor background) {
    const ThemeColor dark = hexColor(0x000000), light = hexColor(0xFFFFFF);
    return contrastRatio(background, dark) >= contrastRatio(background, light) ? dark : light;
}

bool hasNonFinite(std::span<const float> values) {
    return std::any_of(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
}

}  // namespace convolab
