#include "app/lenses/compress/plan_bytes.h"

#include <algorithm>

namespace convolab {

namespace {

constexpr std::int64_t kIndexBits = 5;  // of a relative index, after Han et al. 2016 for dense layers

}  // namespace

std::int64_t weightBytes(std::span<const float> weights, std::span<const std::uint8_t> keep, const LayerCompression& plan) {
    const auto total = static_cast<std::int64_t>(weights.size());
    const auto kept = static_cast<std::int64_t>(std::count_if(keep.begin(), keep.end(), [](std::uint8_t stays) { return stays != 0; }));
    const std::int64_t indices = kept == total ? 0 : std::min(total, kept * kIndexBits);  // a bit per weight, or a gap per kept one
    const std::int64_t codebook = plan.bits < kFloatBits && plan.levels == WeightLevels::KMeans ? (std::int64_t{32} << plan.bits) : 0;
    return (kept * plan.bits + indices + codebook + 7) / 8;
}

}  // namespace convolab
