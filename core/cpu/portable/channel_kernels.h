#pragma once

#include <cstdint>

namespace convolab {

// What normalisations by mean and variance compute on one map (block 1) or one block of 8 or 16 maps side by side of one
// image; all other arrays hold a value per map. One thread.

/// sum = Σ (x − center), squares = Σ (x − center)².
void channelSums(int block, const float* x, const float* center, std::int64_t pixels, float* sum, float* squares);
/// y = (x − mean) · scale + shift; with `activated`, y · slope where that is negative, and at most `top`.
void channelAffine(int block, const float* x, const float* mean, const float* scale, const float* shift, std::int64_t pixels,
                   bool activated, float slope, float top, float* y);
/// The activation behind a normalisation, for its gradient: y = (x − mean) · scale + shift, times `slope` where that is not
/// positive, and at most `top`.
struct ChannelActivation {
    const float* scale = nullptr;
    const float* shift = nullptr;
    float slope = 0.0F;
    float top = 0.0F;
};

/// sum = Σ dy, product = Σ dy · (x − mean) · inverse; dy multiplied by the derivative of the activation `behind` (may be null).
void channelGradientSums(int block, const float* x, const float* dy, const float* mean, const float* inverse,
                         const ChannelActivation* behind, std::int64_t pixels, float* sum, float* product);
/// dx = a · dy + b · (x − mean) + c, dy as there.
void channelInputGradient(int block, const float* x, const float* dy, const float* mean, const float* a, const float* b,
                          const float* c, const ChannelActivation* behind, std::int64_t pixels, float* dx);

}  // namespace convolab
