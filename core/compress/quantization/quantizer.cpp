#include "core/compress/quantization/quantizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/util/check.h"

namespace convolab {

namespace {

// PyTorch's observers keep the scale at or above this, too: a smaller one cannot be divided by.
constexpr float kSmallestScale = std::numeric_limits<float>::epsilon();

void requireBits(int bits) { CONVOLAB_CHECK(bits >= kFewestBits && bits <= kMostBits, "a grid has 2 to 8 bits"); }

}  // namespace

std::int32_t AffineQuantizer::quantize(float value) const {
    if (std::isnan(value)) return zeroPoint;
    // Limited before it becomes an integer, so that infinities saturate.
    const float steps = std::clamp(value / scale, static_cast<float>(lowest - zeroPoint), static_cast<float>(highest - zeroPoint));
    return static_cast<std::int32_t>(std::nearbyint(steps)) + zeroPoint;
}

AffineQuantizer activationQuantizer(ValueRange range, int bits) {
    requireBits(bits);
    AffineQuantizer quantizer{.scale = 1.0F, .zeroPoint = 0, .lowest = 0, .highest = (1 << bits) - 1};
    const float low = std::min(range.low, 0.0F);
    const float high = std::max(range.high, 0.0F);
    if (!(high > low)) return quantizer;
    quantizer.scale = std::max((high - low) / static_cast<float>(quantizer.highest), kSmallestScale);
    const auto zero = static_cast<std::int32_t>(std::nearbyint(-low / quantizer.scale));
    quantizer.zeroPoint = std::clamp(zero, quantizer.lowest, quantizer.highest);
    return quantizer;
}

AffineQuantizer weightQuantizer(float limit, int bits) {
    requireBits(bits);
    const std::int32_t largest = (1 << (bits - 1)) - 1;
    AffineQuantizer quantizer{.scale = 1.0F, .zeroPoint = 0, .lowest = -largest, .highest = largest};
    if (limit > 0.0F) quantizer.scale = std::max(limit / static_cast<float>(largest), kSmallestScale);
    return quantizer;
}

void fakeQuantize(const AffineQuantizer& quantizer, std::span<const float> values, std::span<float> rounded) {
    std::ranges::transform(values, rounded.begin(), [&](float value) { return quantizer.rounded(value); });
}

}  // namespace convolab
