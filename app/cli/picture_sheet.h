#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/tensor/tensor.h"
#include "widgets/theme/tokens.h"

namespace convolab {

/// A picture of 8-bit RGB pixels, which commands put together and write as PNG.
struct PictureSheet {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;

    PictureSheet() = default;
    PictureSheet(int columns, int rows, ThemeColor fill);
    void set(int x, int y, ThemeColor color);
    ThemeColor at(int x, int y) const;
};

/// Numbers to colours: 0 … limit sequential, or −limit … limit diverging where something is below 0.
struct ColorScale {
    bool isSigned = false;
    double limit = 1.0;
    static ColorScale of(std::span<const float> values);  ///< 0 everywhere: limit 1
    ThemeColor color(double value) const;
};

/// (C, H, W) in [0, 1]: one channel grey, three or more as red, green and blue; a vector is one row.
PictureSheet imageSheet(const View<const float>& image);
PictureSheet mapSheet(std::span<const float> values, int height, int width, const ColorScale& scale);
/// A kernel for three input channels as one colour tile: 0 is middle grey, ±limit black and white.
PictureSheet colorKernelSheet(std::span<const float> values, int height, int width, double limit);
/// `image` in grey under the colours of `values`, stronger where they are larger. Both of the same size.
PictureSheet overlaySheet(const PictureSheet& image, std::span<const float> values, const ColorScale& scale);

/// Tiles of one size in rows, each pixel enlarged to a square so that small tiles can be seen. `columns` 0:
/// nearly square.
PictureSheet mosaicSheet(const std::vector<PictureSheet>& tiles, int columns = 0);
/// How much a tile of this size is enlarged.
int zoomOf(int width, int height);
PictureSheet enlargedSheet(const PictureSheet& sheet, int zoom);

}  // namespace convolab
