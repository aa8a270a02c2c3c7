#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace convolab {

/// The interval of real values that a grid covers.
struct ValueRange {
    float low = 0.0F;
    float high = 0.0F;
    bool operator==(const ValueRange&) const = default;
};

/// An evenly spaced grid: real = scale · (integer − zeroPoint), lowest ≤ integer ≤ highest (Jacob et al. 2018, section 2.1).
/// Rounds half to even and saturates, as ONNX QuantizeLinear and PyTorch do.
struct AffineQuantizer {
    float scale = 1.0F;  ///< finite, above 0
    std::int32_t zeroPoint = 0;
    std::int32_t lowest = 0;
    std::int32_t highest = 255;
    bool operator==(const AffineQuantizer&) const = default;

    std::int32_t quantize(float value) const;  ///< NaN becomes the zero point
    float dequantize(std::int32_t integer) const { return scale * static_cast<float>(integer - zeroPoint); }
    float rounded(float value) const { return dequantize(quantize(value)); }
    ValueRange range() const { return {dequantize(lowest), dequantize(highest)}; }
};

inline constexpr int kFewestBits = 2;
inline constexpr int kMostBits = 8;

/// Unsigned, 0 … 2^bits − 1: for activations. The range is widened so that 0 lies in it and is met exactly: padding and
/// relu need it. A range of a single point 0 gives scale 1.
AffineQuantizer activationQuantizer(ValueRange range, int bits);
/// Zero point 0, ±(2^(bits − 1) − 1): for weights. −128 is left out, so that a weight and its negative are both there.
/// limit 0 (all weights are 0) gives scale 1.
AffineQuantizer weightQuantizer(float limit, int bits);

/// What a constant does: the grid's value for each.
void fakeQuantize(const AffineQuantizer& quantizer, std::span<const float> values, std::span<float> rounded);

}  // namespace convolab
