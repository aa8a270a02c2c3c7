#pragma once

#include <vector>

#include "core/cpu/int8/output_block.h"
#include "core/tensor/tensor.h"

namespace convolab::int8 {

/// The weights of one block as its kernel reads them.
struct PackedBlock {
    OutputBlock to;
    std::int64_t inputOffset = 0;   ///< bytes into a pixel where this block's group of channels begins
    std::int64_t pairs = 0, singles = 0, wide = 0;
    std::vector<std::int32_t> offsets;     ///< per group, from the pixel
    AlignedBuffer weights;                 ///< as bytes: [group][width][4], wide ones as int16: [group][2][width][2]

    const std::int8_t* weightBytes() const { return reinterpret_cast<const std::int8_t*>(weights.data()); }
};

/// The dot product of a window over a padded image of `paddedWidth` pixels per row, cut into groups, for all blocks.
///
/// On AVX2 two products are added in 16 bits with saturation. A group in which that could happen (the positive or the
/// negative weights of a pair sum up to more than 128, since 255 · 128 < 2^15) is multiplied in 16 bits instead: twice the
/// bytes for the same sum. Two groups whose sums together stay below that share one widening to 32 bits. So the result is
/// exact for all 8 bits, and small weights are faster.
std::vector<PackedBlock> packWeights(const Convolution& convolution, std::int64_t paddedWidth, Isa isa);

}  // namespace convolab::int8
