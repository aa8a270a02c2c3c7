#pragma once

#include <cstdint>
#include <cstring>

#include "gpu/kernels/body.h"

/// Numbers of 16 bits, in plain integers, so that the processor and every GPU round alike: to the nearest, and of two equally near
/// ones to the even one (IEEE 754-2019, 4.3.1, roundTiesToEven). What is too large becomes infinite; numbers below the smallest normal
/// one are kept as far as their bits go; NaN stays NaN.
///   bf16   1 sign, 8 exponent, 7 fraction: the upper half of a float32
///   fp16   1 sign, 5 exponent, 10 fraction (IEEE 754 binary16): up to 65504, in steps of 2⁻²⁴ near 0
namespace convolab::gpu {

CONVOLAB_BODY inline std::uint32_t bitsOf(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

CONVOLAB_BODY inline float floatOf(std::uint32_t bits) {
    float value = 0.0F;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

CONVOLAB_BODY inline std::uint16_t toBf16(float value) {
    const std::uint32_t bits = bitsOf(value);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);  // quiet
    return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}

CONVOLAB_BODY inline float fromBf16(std::uint16_t value) { return floatOf(static_cast<std::uint32_t>(value) << 16); }

CONVOLAB_BODY inline std::uint16_t toFp16(float value) {
    const std::uint32_t bits = bitsOf(value), sign = bits >> 16 & 0x8000U, size = bits & 0x7FFFFFFFU;
    if (size > 0x7F800000U) return static_cast<std::uint16_t>(sign | 0x7E00U | (size >> 13 & 0x3FFU));
    if (size >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);  // from 65520 on
    if (size >= 0x38800000U) return static_cast<std::uint16_t>(sign | (size - 0x38000000U + 0xFFFU + (size >> 13 & 1U)) >> 13);
    if (size <= 0x33000000U) return static_cast<std::uint16_t>(sign);            // up to 2⁻²⁵
    // Below 2⁻¹⁴: a whole number of 2⁻²⁴.
    const std::uint32_t shift = 126U - (size >> 23), fraction = (size & 0x7FFFFFU) | 0x800000U;
    const std::uint32_t whole = fraction >> shift, rest = fraction & ((1U << shift) - 1U), half = 1U << (shift - 1U);
    const bool up = rest > half || (rest == half && (whole & 1U) != 0U);
    return static_cast<std::uint16_t>(sign | (whole + (up ? 1U : 0U)));
}

CONVOLAB_BODY inline float fromFp16(std::uint16_t value) {
    const std::uint32_t sign = (static_cast<std::uint32_t>(value) & 0x8000U) << 16, exponent = value >> 10 & 0x1FU, fraction = value & 0x3FFU;
    if (exponent == 0x1FU) return floatOf(sign | 0x7F800000U | fraction << 13);
    if (exponent != 0U) return floatOf(sign | (exponent + 112U) << 23 | fraction << 13);
    const float size = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0U ? -size : size;
}

}  // namespace convolab::gpu
