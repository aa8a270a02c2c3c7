#pragma once

#include <cstdint>
#include <span>

#include "core/compress/plan.h"

namespace convolab {

/// What one weight tensor takes on disk, indices of the kept weights and codebook included.
/// `keep`: a byte per weight, 0 = pruned.
std::int64_t weightBytes(std::span<const float> weights, std::span<const std::uint8_t> keep, const LayerCompression& plan);

}  // namespace convolab
