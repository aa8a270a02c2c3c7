#pragma once

#include "gpu/kernels/block.h"

namespace convolab::gpu {

/// Which kernels a plan takes. All but Automatic are for tests and for comparisons.
enum class Kernels {
    Automatic,
    Plain,         ///< one thread per result
    SmallTiles,    ///< products by tiles of 64 × 64 in three splits, sums by blocks, wherever sizes allow it
    LargeTiles,    ///< the same with tiles of 128 × 128
};

/// How a product of matrices is computed.
struct ProductChoice {
    bool tiled = false;        ///< else one thread per result
    std::int32_t side = 64;    ///< of a tile: 64 or 128
    std::int32_t splits = 1;   ///< of the depth, which other blocks take
    std::int32_t each = 0;     ///< depth of a split
    std::int32_t rowTiles = 0, columnTiles = 0;
    Index blocks = 0;
};

/// Enough blocks for the largest GPUs; a constant, so that all devices add in the same order.
inline constexpr Index kBlocksWanted = 128;
/// Room for the results of splits: at most 2 · kBlocksWanted tiles of 64 × 64.
inline constexpr std::size_t kSplitBytes = sizeof(float) * 2 * kBlocksWanted * 64 * 64;

/// `largest`: of the numbers of values of the three matrices' tensors; from 2³¹ on there are no tiles.
ProductChoice chooseProduct(Kernels kernels, Index rows, Index columns, Index depth, Index groups, Index largest);

/// Whether a sum of `terms` numbers, or what is done to so many classes, is worth a block of threads.
bool sumsByBlocks(Kernels kernels, Index terms);

}  // namespace convolab::gpu
