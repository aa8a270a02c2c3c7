// For any processor: arrays in place of vectors.
#include <algorithm>
#include <cmath>

#include "core/cpu/int8/tile_loop.h"

namespace convolab::int8 {

namespace {

struct VectorPortable {
    struct Sum {
        std::int32_t lanes[kHalfBlock] = {};
    };
    static constexpr int kLanes = kHalfBlock;
    static constexpr bool kHasWide = false;

    static Sum zero() { return {}; }
    static const std::uint8_t* pixel(const std::uint8_t* bytes) { return bytes; }
    static Sum addGroup(Sum sum, const std::uint8_t* x, const std::int8_t* weights) {
        for (int lane = 0; lane < kLanes; ++lane) {
            for (int k = 0; k < kGroup; ++k) sum.lanes[lane] += std::int32_t{x[k]} * weights[lane * kGroup + k];
        }
        return sum;
    }
    static Sum addPair(Sum sum, const std::uint8_t* x0, const std::int8_t* w0, const std::uint8_t* x1,
                       const std::int8_t* w1) {
        return addGroup(addGroup(sum, x0, w0), x1, w1);
    }

    template <int Columns>
    static void finish(const Finish& to, const Sum* sums, std::int64_t at) {
        for (int o = 0; o < to.outputs; ++o) {
            const std::int32_t sum = sums[o / kLanes].lanes[o % kLanes] + to.bias[o];
            float value = static_cast<float>(sum) * to.multiplier[o];
            if (value < 0.0F) value *= to.slope;
            if (to.floatOutput) {
                static_cast<float*>(to.output)[at + o] = value;
                continue;
            }
            const float clamped = std::clamp(value, to.low, to.high);
            static_cast<std::uint8_t*>(to.output)[at + o] =
                static_cast<std::uint8_t>(static_cast<std::int32_t>(std::nearbyint(clamped)) + to.zeroPoint);
        }
    }
};

}  // namespace

void blockPortable(const BlockJob& job) {
    if (job.width == kBlock) runBlock<VectorPortable, 2, 2>(job);
    else runBlock<VectorPortable, 2, 1>(job);
}

}  // namespace convolab::int8
