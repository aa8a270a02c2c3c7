#pragma once

#include <bit>
#include <cstdint>

#include "core/cpu/portable/parallel.h"

namespace convolab {

// Elementary functions without library calls and without branches, so that loops over them vectorise. NaN stays NaN.
// Errors are a few units in the last place of float32.

/// e^x = (result + 1) · scale with |result| < 0.42 and scale a power of two. Cephes' polynomial (S. Moshier, expf).
CONVOLAB_INLINE float reducedExponential(float x, float& scale) {
    constexpr float kLog2E = 1.44269504088896341F;
    constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it rounds to an integer
    x = x > 88.0F ? 88.0F : x;
    x = x < -87.0F ? -87.0F : x;
    const float shifted = x * kLog2E + kRound;
    const float power = shifted - kRound;
    const float r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    scale = std::bit_cast<float>((std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound) + 127) << 23);
    return p * r * r + r;
}

CONVOLAB_INLINE float exponential(float x) {
    float scale = 1.0F;
    const float lessOne = reducedExponential(x, scale);
    return (lessOne + 1.0F) * scale;
}

/// e^x − 1, exact to the last digits near 0.
CONVOLAB_INLINE float exponentialLessOne(float x) {
    float scale = 1.0F;
    const float lessOne = reducedExponential(x, scale);
    return lessOne * scale + (scale - 1.0F);
}

CONVOLAB_INLINE float hyperbolicTangent(float x) {
    const float squared = x * x;
    const float small = x * (1.0F + squared * (-0.333333333F + squared * (0.133333333F - squared * 0.0539682540F)));
    const float large = 1.0F - 2.0F / (exponential(2.0F * x) + 1.0F);
    return squared < 0.01F ? small : large;
}

CONVOLAB_INLINE float logisticSigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

/// ln x for positive, finite, normal x. Cephes' polynomial (S. Moshier, logf).
CONVOLAB_INLINE float logarithm(float x) {
    constexpr std::int32_t kRootOfHalf = 0x3f3504f3;
    const std::int32_t bits = std::bit_cast<std::int32_t>(x);
    const std::int32_t exponent = (bits - kRootOfHalf) >> 23;
    const float f = std::bit_cast<float>(bits - (exponent << 23)) - 1.0F;
    const auto e = static_cast<float>(exponent);
    float p = 7.0376836292e-2F;
    p = p * f - 1.1514610310e-1F;
    p = p * f + 1.1676998740e-1F;
    p = p * f - 1.2420140846e-1F;
    p = p * f + 1.4249322787e-1F;
    p = p * f - 1.6668057665e-1F;
    p = p * f + 2.0000714765e-1F;
    p = p * f - 2.4999993993e-1F;
    p = p * f + 3.3333331174e-1F;
    const float squared = f * f;
    const float rest = p * f * squared - 2.12194440e-4F * e - 0.5F * squared;
    return f + rest + 0.693359375F * e + (x - x);  // the last term keeps NaN
}

/// ln(1 + x) for 0 ≤ x ≤ 1, exact to the last digits near 0: what rounding took from 1 + x is put back as a factor
/// (Kahan's trick).
CONVOLAB_INLINE float logarithmOfOnePlus(float x) {
    const float sum = 1.0F + x;
    const float difference = sum - 1.0F;
    const float safe = difference > 0.0F ? difference : 1.0F;
    const float value = logarithm(sum) * (x / safe);
    return difference > 0.0F ? value : x;
}

/// erf x and, as a by-product, e^(−x²). The form is that of Abramowitz and Stegun 7.1.26, 1 − t · P(t) · e^(−x²) with
/// t = 1 / (1 + 0.3275911 |x|); the seven coefficients were fitted for an absolute error below 4·10⁻⁹.
CONVOLAB_INLINE float errorFunction(float x, float& gaussian) {
    const float size = x < 0.0F ? -x : x;
    const float t = 1.0F / (1.0F + 0.3275911F * size);
    gaussian = exponential(-x * x);
    float p = -0.298451736F;
    p = p * t + 1.50482489F;
    p = p * t - 2.08556205F;
    p = p * t + 2.04011836F;
    p = p * t - 0.749076117F;
    p = p * t + 0.431106767F;
    p = p * t + 0.15703989F;
    const float value = 1.0F - p * t * gaussian;
    return x < 0.0F ? -value : value;
}

}  // namespace convolab
