#pragma once

#include <cstdint>

// The loop of depthwise.cpp. Only numbers, as in tile.h.

namespace convolab::int8 {

inline constexpr int kDepthwiseLanes = 16;

/// The window of every pixel of a row at once: sums[i] = bias[i] + Σ over taps x[offset + i] · weight[i], where bias and
/// weights repeat after `period` groups of 16 lanes.
struct DepthwiseRow {
    const std::uint8_t* x;
    const std::int64_t* offsets;  ///< per tap
    std::int64_t tapPairs;        ///< a last one without a partner has weights of 0 beside it
    const std::int16_t* weights;  ///< [group][pair of taps][lane][2]
    const std::int32_t* bias;     ///< [group][lane]
    std::int64_t period, groups;
    std::int32_t* sums;
};

void depthwiseRowPortable(const DepthwiseRow& row);
void depthwiseRowAvx2(const DepthwiseRow& row);

}  // namespace convolab::int8
