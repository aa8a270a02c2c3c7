#pragma once

#include <cstdint>

namespace convolab::int8 {

/// Four bytes of a dot product are multiplied at a time: a *group*. A block is up to 16 outputs that are computed
/// together; its weights are packed as [group][width][4].
inline constexpr int kGroup = 4;
inline constexpr int kBlock = 16;
inline constexpr int kHalfBlock = 8;

/// What becomes of the sums of a block, and where they go.
struct Finish {
    const std::int32_t* bias;   ///< as many values as the block is wide
    const float* multiplier;    ///< as many
    float slope, low, high;     ///< low and high relative to the zero point
    std::int32_t zeroPoint;
    bool floatOutput;
    void* output;               ///< of the first pixel and output
    std::int64_t stride;        ///< elements from pixel to pixel
    int outputs;                ///< of the block, that exist
};

/// One block of outputs for a row of pixels. Knows only numbers, so that files built for other processors can share it.
struct BlockJob {
    const std::uint8_t* base;          ///< of the (padded) input
    const std::int32_t* pixelOffsets;  ///< from base, per output pixel
    std::int64_t pixels;
    const std::int32_t* groupOffsets;  ///< from the pixel, per group
    const std::int8_t* weights;
    std::int64_t pairs;    ///< groups that come first, two by two, and whose products may be added in 16 bits
    std::int64_t singles;  ///< groups behind them
    std::int64_t wide;     ///< groups behind those: multiplied in 16 bits, from wideBase; weights int16, [group][2][width][2]
    const std::int16_t* wideBase;      ///< the same values as at base
    int width;             ///< 16, or 8 (not on AVX-512)
    Finish finish;
};

using BlockFunction = void (*)(const BlockJob&);

void blockPortable(const BlockJob& job);
void blockAvx2(const BlockJob& job);
void blockAvxVnni(const BlockJob& job);
void blockAvx512Vnni(const BlockJob& job);

}  // namespace convolab::int8
