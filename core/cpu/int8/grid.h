#pragma once

#include <cstdint>

#include "core/cpu/int8/ops.h"

namespace convolab::int8 {

/// q[c] = ⌊clamp(sums[c] · multiplier[c])⌉ + zeroPoint, with the slope below 0.
void toGrid(const std::int32_t* sums, const float* multiplier, std::int64_t count, const Requantization& to, std::uint8_t* q);
/// Values in steps of the grid, which already have their multiplier.
void toGrid(const float* steps, std::int64_t count, const Requantization& to, std::uint8_t* q);
/// y[c] = sums[c] · multiplier[c], with the slope below 0.
void scaled(const std::int32_t* sums, const float* multiplier, std::int64_t count, float slope, float* y);

/// (N, C, H, W) float32, real values → (N, H, W, C) uint8: ⌊clamp(x / scale)⌉ + zeroPoint.
void quantizeImages(std::int64_t n, const Shape& shape, const float* x, float scale, const Requantization& to, std::uint8_t* q);
/// (N, H, W, C) uint8 → (N, C, H, W) float32: scale · (q − zeroPoint).
void dequantizeImages(std::int64_t n, const Shape& shape, const std::uint8_t* q, float scale, std::int32_t zeroPoint, float* x);
/// (N, H, W, C) float32 → (N, C, H, W).
void channelsFirst(std::int64_t n, const Shape& shape, const float* from, float* to);

/// Does this processor have the 256-bit VNNI instructions? (GCC 12's __builtin_cpu_supports does not know.)
bool hasAvxVnni();

}  // namespace convolab::int8
