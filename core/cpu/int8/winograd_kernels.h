#pragma once

#include "core/cpu/int8/tile.h"

// The three loops of winograd.cpp. Only numbers, as in tile.h.

namespace convolab::int8 {

inline constexpr int kWinogradPlaces = 16;       ///< of a transformed tile
inline constexpr int kWinogradChannels = 16;     ///< transformed together
inline constexpr int kWinogradRows = 6;          ///< tiles that are multiplied together
inline constexpr int kWinogradDepth = 2;         ///< channels that are multiplied together

/// Four rows of pixels, from which tiles of 4 × 4 are cut at every second pixel.
struct WinogradInput {
    const std::uint8_t* rows;   ///< first pixel; at least 15 readable bytes behind the last
    std::int64_t rowBytes;
    std::int64_t channels;      ///< bytes per pixel
    std::int64_t tiles;
    std::int16_t* values;       ///< Bᵀ d B of the first tile: [place][tile][channel]
    std::int64_t tileStride;    ///< multiple of 16: the channels, filled up with values that mean nothing
    std::int64_t placeStride;
};

/// sums[tile][output] = Σ values[tile][channel] · weights[channel / 2][output][channel % 2], at one place.
struct WinogradProducts {
    const std::int16_t* values;
    std::int64_t tileStride;
    const std::int16_t* weights;
    std::int64_t depth;         ///< channels, an even number
    std::int64_t tiles;
    std::int32_t* sums;
    int width;                  ///< outputs: 16 or 8
};

/// Where the 2 × 2 outputs of a tile go.
struct WinogradTile {
    std::int64_t pixel;         ///< of the upper left one, in the whole batch
    std::int32_t rows, columns; ///< that exist: 1 or 2
};

struct WinogradOutput {
    const std::int32_t* sums;   ///< [place][tile][output]
    std::int64_t placeStride;
    const WinogradTile* tiles;
    std::int64_t count;
    std::int64_t rowPixels;     ///< to the pixel below
    int width;
    Finish finish;
};

void winogradInputAvx2(const WinogradInput& input);
void winogradProductsAvx2(const WinogradProducts& products);
void winogradOutputAvx2(const WinogradOutput& output);

}  // namespace convolab::int8
