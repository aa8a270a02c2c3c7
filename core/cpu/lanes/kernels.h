#pragma once

#include <cstdint>

namespace convolab::lanes {

/// The shape of one convolution; dilation 1, one group.
struct Geometry {
    std::int64_t inChannels, inHeight, inWidth, outChannels, outHeight, outWidth;
    std::int64_t kernelH, kernelW, strideH, strideW, top, left;
};

inline constexpr std::int64_t kMostKernelRows = 16;  ///< of a convolution whose weights are trained

/// A convolution of one group of images. The weights are packed by tiles: see tileBegin().
struct ConvolutionJob {
    Geometry geometry;
    const float* input;    ///< [I][H][W][L]
    const float* weights;  ///< per tile [I][kH][kW][outputs of the tile]
    const float* bias;     ///< (O), or null
    float* output;         ///< [O][H'][W'][L]
    std::int64_t tiles;
    bool activated;        ///< x ≤ 0 becomes slope · x
    float slope;
};

/// Gradient of the weights, summed over all groups of images.
struct WeightGradientJob {
    Geometry geometry;
    std::int64_t groups;
    const float* input;           ///< [groups][I][H][W][L]
    const float* outputGradient;  ///< [groups][O][H'][W'][L]
    float* weightGradient;        ///< (O, I, kH, kW)
    float* biasGradient;          ///< (O), or null
};

/// Outputs are computed in tiles of nearly equal size: tile t holds the outputs tileBegin(t) … tileBegin(t + 1) − 1.
inline std::int64_t tileCount(std::int64_t outputs, std::int64_t most) { return (outputs + most - 1) / most; }
inline std::int64_t tileBegin(std::int64_t outputs, std::int64_t tiles, std::int64_t tile) { return outputs * tile / tiles; }

/// The loops for one instruction set. Knows only numbers, so that files built for other processors can share it.
struct Kernels {
    int lanes;             ///< images in a vector
    std::int64_t outputs;  ///< most outputs of a tile
    /// Row y of all output maps of one group.
    void (*convolveRow)(const ConvolutionJob& job, std::int64_t y);
    /// The gradient's parts begin … end − 1 out of weightParts(geometry); each part writes weights of its own.
    void (*weightGradient)(const WeightGradientJob& job, std::int64_t begin, std::int64_t end);
    std::int64_t (*weightParts)(const Geometry& geometry);
};

extern const Kernels kKernelsAvx2;
extern const Kernels kKernelsAvx512;

/// What this processor has (oneDNN's cap on instruction sets is respected); null: neither.
const Kernels* kernels();
/// The same by the number of lanes; null if the processor lacks it.
const Kernels* kernelsOf(int lanes);

}  // namespace convolab::lanes
