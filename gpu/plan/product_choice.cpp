#include "gpu/plan/product_choice.h"

#include <algorithm>

namespace convolab::gpu {

namespace {

constexpr Index kLeast = 8;            // below that, most of a tile would be empty
constexpr Index kLeastSplitDepth = 64;  // below that, adding the splits up costs more than it saves
constexpr Index kTermsOfABlock = 64;
constexpr Index kNarrow = Index{1} << 31;

Index quotientUp(Index a, Index b) { return (a + b - 1) / b; }

}  // namespace

ProductChoice chooseProduct(Kernels kernels, Index rows, Index columns, Index depth, Index groups, Index largest) {
    // Depths are rounded up to whole tiles and counted in splits: room for that in 32 bits.
    const bool narrow = largest < kNarrow && rows < kNarrow && columns < kNarrow && depth < kNarrow / 2 && rows * depth * groups < kNarrow;
    const bool large = rows >= kLeast && columns >= kLeast && depth >= kLeast;
    const bool forced = kernels == Kernels::SmallTiles || kernels == Kernels::LargeTiles;
    if (kernels == Kernels::Plain || !narrow || (!large && !forced)) return {};
    const auto tilesOf = [&](Index side) { return quotientUp(rows, side) * quotientUp(columns, side) * groups; };
    const bool wide = kernels == Kernels::LargeTiles || (!forced && rows > 64 && columns > 64 && tilesOf(128) >= kBlocksWanted);
    const Index side = wide ? 128 : 64, tiles = tilesOf(side), step = 1024 / side;
    Index splits = wide ? 1 : std::clamp<Index>(kBlocksWanted / tiles, 1, std::max<Index>(1, depth / kLeastSplitDepth));
    if (kernels == Kernels::SmallTiles) splits = tiles <= kBlocksWanted / 2 ? 3 : 1;
    const Index each = quotientUp(quotientUp(depth, splits), step) * step;
    splits = quotientUp(depth, each);
    if (tiles * splits >= kNarrow) return {};
    return {.tiled = true,
            .side = static_cast<std::int32_t>(side),
            .splits = static_cast<std::int32_t>(splits),
            .each = static_cast<std::int32_t>(each),
            .rowTiles = static_cast<std::int32_t>(quotientUp(rows, side)),
            .columnTiles = static_cast<std::int32_t>(quotientUp(columns, side)),
            .blocks = tiles * splits};
}

bool sumsByBlocks(Kernels kernels, Index terms) {
    if (kernels == Kernels::Automatic) return terms >= kTermsOfABlock;
    return kernels != Kernels::Plain;
}

}  // namespace convolab::gpu
