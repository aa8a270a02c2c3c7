#pragma once

#include <cstdint>

namespace convolab::depthwise {

/// What one output value sums: a pixel of a source times a weight, both for the maps of a block side by side.
struct Tap {
    const float* pixel;   ///< that belongs to the first pixel of the row
    const float* weight;  ///< one per map of the block
};

/// A stretch of one row of output pixels. y[i · outStep] = finish(bias + Σ over taps pixel[i · inStep] · weight).
/// Steps are in floats; bias may be null. With `activated`, what is not positive is multiplied by `slope`, and no
/// result is above `top`.
struct Stretch {
    const Tap* taps;
    std::int64_t tapCount;
    const float* bias;
    float* y;
    std::int64_t pixels, inStep, outStep;
    bool activated;
    float slope;
    float top;
};

/// The gradient of the weights from one stretch: sums[t][lane] += Σ over pixels dy[i] · x[offsets[t] + i · inStep].
struct Correlation {
    const float* dy;
    const float* const* x;  ///< per tap
    std::int64_t tapCount;
    std::int64_t pixels, inStep;  ///< dy lies dense
    float* sums;                  ///< [tap][block]
};

// `block` is 8 or 16 maps.
void convolve(int block, const Stretch& stretch);
void correlate(int block, const Correlation& correlation);
/// sums[lane] += Σ over pixels dy.
void sumPixels(int block, const float* dy, std::int64_t pixels, float* sums);

}  // namespace convolab::depthwise
