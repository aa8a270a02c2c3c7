// The weights of one layer as a small picture: a pixel per weight, pruned ones transparent. Diverging colours about 0.
#pragma once

#include "core/tensor/tensor.h"

#include <QImage>

#include <cstdint>
#include <optional>
#include <span>

namespace convolab {

struct WeightPictureOptions {
    std::span<const std::uint8_t> keep = {};  // a byte per weight, 0 = pruned; empty: all are drawn
    bool allChannels = false;                 // of a convolution: every kernel of a filter in a row, else its first one
    std::int64_t mostFilters = 16;
    std::int64_t mostChannels = 8;            // with allChannels
    std::int64_t mostCells = 48;              // of a dense layer, per side
};

struct WeightPicture {
    QImage image;          // ARGB; transparent between the kernels
    float limit = 1.0F;    // the largest magnitude in the tensor
    std::int64_t rows = 0, columns = 0;  // what is shown: filters × channels, or units × inputs
    bool whole = true;     // nothing was left out

    /// The weight under a pixel of the image; nothing between the kernels.
    std::optional<std::int64_t> weightAt(int x, int y) const;

    // How pixels became weights: kernels of kernelHeight × kernelWidth, `across` of them in a row of the picture.
    std::int64_t across = 1, kernelHeight = 1, kernelWidth = 1, gap = 0, rowStride = 0, tileStride = 0, tiles = 0;
};

// `shape`: (O, I, H, W) or [out, in].
WeightPicture weightPicture(const Shape& shape, std::span<const float> weights, const WeightPictureOptions& options = {});

}  // namespace convolab
