#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/data/augmentation.h"

namespace convolab {

/// Bilinear value of a plane (H, W) at (x, y); pixels outside count as 0.
inline float bilinear(const float* plane, std::int64_t height, std::int64_t width, double x, double y) {
    // Far away everything is 0; the clamp keeps the conversion to whole numbers defined.
    const double nearX = std::clamp(x, -2.0, static_cast<double>(width) + 1.0);
    const double nearY = std::clamp(y, -2.0, static_cast<double>(height) + 1.0);
    const auto left = static_cast<std::int64_t>(std::floor(nearX));
    const auto top = static_cast<std::int64_t>(std::floor(nearY));
    const auto shareX = static_cast<float>(nearX - static_cast<double>(left));
    const auto shareY = static_cast<float>(nearY - static_cast<double>(top));
    const auto at = [&](std::int64_t column, std::int64_t row) {
        return column < 0 || row < 0 || column >= width || row >= height ? 0.0F : plane[row * width + column];
    };
    const float above = at(left, top) * (1.0F - shareX) + at(left + 1, top) * shareX;
    const float below = at(left, top + 1) * (1.0F - shareX) + at(left + 1, top + 1) * shareX;
    return above * (1.0F - shareY) + below * shareY;
}

/// Replaces the image by what lies at source(x, y) → pair of its old coordinates, for each pixel.
template <class Source>
void resample(const AugmentedImage& image, const Source& source) {
    std::copy(image.pixels.begin(), image.pixels.end(), image.scratch.begin());
    for (std::int64_t y = 0; y < image.height; ++y) {
        for (std::int64_t x = 0; x < image.width; ++x) {
            const auto [fromX, fromY] = source(x, y);
            for (std::int64_t c = 0; c < image.channels; ++c) {
                image.pixels[static_cast<std::size_t>(c * image.area() + y * image.width + x)] =
                    bilinear(image.scratch.data() + c * image.area(), image.height, image.width, fromX, fromY);
            }
        }
    }
}

/// Moves the image by whole pixels to the right and down; 0 comes in from outside.
inline void moveBy(const AugmentedImage& image, std::int64_t right, std::int64_t down) {
    if (right == 0 && down == 0) return;
    std::copy(image.pixels.begin(), image.pixels.end(), image.scratch.begin());
    for (std::int64_t row = 0; row < image.channels * image.height; ++row) {
        const std::int64_t channel = row / image.height;
        const std::int64_t fromY = row % image.height - down;
        float* target = image.pixels.data() + row * image.width;
        std::fill_n(target, image.width, 0.0F);
        if (fromY < 0 || fromY >= image.height) continue;
        const float* source = image.scratch.data() + (channel * image.height + fromY) * image.width;
        const std::int64_t first = std::clamp<std::int64_t>(right, 0, image.width);
        const std::int64_t last = std::clamp<std::int64_t>(image.width + right, 0, image.width);
        for (std::int64_t x = first; x < last; ++x) target[x] = source[x - right];
    }
}

/// −limit … limit, each whole number as likely as the others.
inline std::int64_t wholeBetween(RandomSequence& random, std::int64_t limit) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(2 * limit + 1))) - limit;
}

}  // namespace convolab
