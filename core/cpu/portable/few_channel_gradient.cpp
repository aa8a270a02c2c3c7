#include "core/cpu/portable/few_channel_gradient.h"

#include <algorithm>

#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

constexpr std::int64_t kTile = 32;
constexpr std::int64_t kMostChannels = 7;  // beyond, a blocked layout wastes less than half

/// products (pixels, 32) += dy (pixels, B) · weights (B, 32), P pixels at a time.
template <int B, int P>
CONVOLAB_INLINE void multiplyPixels(const float* dy, const float* weights, float* products) {
    float sums[P][kTile];
    for (int p = 0; p < P; ++p) {
        for (std::int64_t j = 0; j < kTile; ++j) sums[p][j] = products[p * kTile + j];
    }
    for (int l = 0; l < B; ++l) {
        for (int p = 0; p < P; ++p) {
            const float gradient = dy[p * B + l];
            for (std::int64_t j = 0; j < kTile; ++j) sums[p][j] += gradient * weights[l * kTile + j];
        }
    }
    for (int p = 0; p < P; ++p) {
        for (std::int64_t j = 0; j < kTile; ++j) products[p * kTile + j] = sums[p][j];
    }
}

template <int B>
CONVOLAB_INLINE void multiplyRow(const float* dy, const float* weights, std::int64_t pixels, float* products) {
    std::int64_t p = 0;
    for (; p + 4 <= pixels; p += 4) multiplyPixels<B, 4>(dy + p * B, weights, products + p * kTile);
    for (; p < pixels; ++p) multiplyPixels<B, 1>(dy + p * B, weights, products + p * kTile);
}

CONVOLAB_CLONES void multiply(int block, const float* dy, const float* weights, std::int64_t pixels, float* products) {
    if (block == 16) multiplyRow<16>(dy, weights, pixels, products);
    else multiplyRow<8>(dy, weights, pixels, products);
}

}  // namespace

bool FewChannelGradient::suits(const Conv2dGeometry& geometry, int outputBlock) {
    return geometry.groups == 1 && geometry.inChannels <= kMostChannels && outputBlock > 1;
}

FewChannelGradient::FewChannelGradient(const Conv2dGeometry& geometry, int block)
    : m_geometry(geometry), m_block(block),
      m_columns(geometry.inChannels * geometry.kernelH * geometry.kernelW), m_tiles((m_columns + kTile - 1) / kTile),
      m_blocks(paddedChannels(geometry.outChannels, block) / block),
      m_weights(static_cast<std::size_t>(m_tiles * m_blocks * block * kTile)) {}

std::size_t FewChannelGradient::scratchFloats(std::int64_t n) const {
    return static_cast<std::size_t>(n * m_geometry.outWidth * kTile);
}

void FewChannelGradient::setWeights(const float* weights) {
    for (std::int64_t o = 0; o < m_geometry.outChannels; ++o) {
        for (std::int64_t j = 0; j < m_columns; ++j) {
            m_weights.data()[(j / kTile * m_blocks * m_block + o) * kTile + j % kTile] = weights[o * m_columns + j];
        }
    }
}

void FewChannelGradient::run(std::int64_t n, const float* outputGradient, float* inputGradient, float* scratch) const {
    const Conv2dGeometry& g = m_geometry;
    const std::int64_t imageSize = g.inChannels * g.inHeight * g.inWidth;
    const std::int64_t rowSize = g.outWidth * m_block;
    parallelFor(n, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t image = begin; image < end; ++image) {
            float* target = inputGradient + image * imageSize;
            float* products = scratch + image * g.outWidth * kTile;
            std::fill_n(target, imageSize, 0.0F);
            for (std::int64_t row = 0; row < g.outHeight; ++row) {
                for (std::int64_t tile = 0; tile < m_tiles; ++tile) {
                    std::fill_n(products, g.outWidth * kTile, 0.0F);
                    for (std::int64_t b = 0; b < m_blocks; ++b) {
                        multiply(m_block, outputGradient + ((image * m_blocks + b) * g.outHeight + row) * rowSize,
                                 m_weights.data() + (tile * m_blocks + b) * m_block * kTile, g.outWidth, products);
                    }
                    addRow(row, tile, products, target);
                }
            }
        }
    });
}

/// Adds one output row's products of one tile of taps to the pixels that these taps saw.
void FewChannelGradient::addRow(std::int64_t row, std::int64_t tile, const float* products, float* image) const {
    const Conv2dGeometry& g = m_geometry;
    const std::int64_t last = std::min(kTile, m_columns - tile * kTile);
    for (std::int64_t j = 0; j < last; ++j) {
        const std::int64_t column = tile * kTile + j;
        const std::int64_t v = column % g.kernelW;
        const std::int64_t u = column / g.kernelW % g.kernelH;
        const std::int64_t y = row * g.strideH + u * g.dilationH - g.top;
        if (y < 0 || y >= g.inHeight) continue;
        float* line = image + (column / (g.kernelW * g.kernelH) * g.inHeight + y) * g.inWidth;
        const std::int64_t shift = v * g.dilationW - g.left;
        for (std::int64_t x = 0; x < g.outWidth; ++x) {
            const std::int64_t at = x * g.strideW + shift;
            if (at >= 0 && at < g.inWidth) line[at] += products[x * kTile + j];
        }
    }
}

}  // namespace convolab
