#pragma once

#include <vector>

#include "core/cpu/int8/ops.h"
#include "core/cpu/int8/tile.h"

namespace convolab::int8 {

/// Up to 16 outputs that are computed together, and what becomes of their sums.
struct OutputBlock {
    std::int64_t first = 0;
    int count = 0;                  ///< outputs that exist
    int width = kBlock;
    std::vector<std::int32_t> bias; ///< width; includes −inputZero · Σ w
    std::vector<float> multiplier;  ///< width

    /// For a kernel that writes to `data`, the results of all pixels and outputs, behind its first `pixels` pixels.
    Finish finish(const Convolution& convolution, void* data, std::int64_t pixels) const;
};

/// The outputs in blocks, group by group of the convolution; `narrow`: a block of up to 8 outputs is 8 wide.
std::vector<OutputBlock> outputBlocks(const Convolution& convolution, bool narrow);

}  // namespace convolab::int8
