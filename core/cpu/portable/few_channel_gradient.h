#pragma once

#include "core/cpu/conv2d.h"

namespace convolab {

/// Gradient of a convolution with respect to an input of few channels: images, as attacks and saliency need it. oneDNN
/// pads 1 or 3 channels to 16 there, or falls back to dense layouts that slow the forward pass as well. Here the gradient
/// of each output row (channels in blocks) is multiplied with the weights of all taps at once and added into the image.
class FewChannelGradient {
  public:
    static bool suits(const Conv2dGeometry& geometry, int outputBlock);

    /// `block`: channels per block of the output gradient, 8 or 16.
    FewChannelGradient(const Conv2dGeometry& geometry, int block);
    std::size_t scratchFloats(std::int64_t n) const;
    void setWeights(const float* weights);  ///< (O, I, kH, kW)
    /// outputGradient [n][O / block][H'][W'][block] → inputGradient (n, I, H, W), written.
    void run(std::int64_t n, const float* outputGradient, float* inputGradient, float* scratch) const;

  private:
    void addRow(std::int64_t row, std::int64_t tile, const float* products, float* image) const;

    Conv2dGeometry m_geometry;
    int m_block;
    std::int64_t m_columns = 0;  ///< input channels × taps
    std::int64_t m_tiles = 0;    ///< of 32 columns each
    std::int64_t m_blocks = 0;   ///< of output channels
    AlignedBuffer m_weights;     ///< [tile][output channel, padded][32]
};

}  // namespace convolab
