#pragma once

#include "core/cpu/op.h"

namespace convolab {

/// Images side by side on this processor; 0: it has no kernels for that.
int imageLanes();
/// Can this convolution be computed with images side by side? One group, no dilation; behind another layer that is trained, no
/// stride either.
bool lanesConv2dSuits(const OpRequest& request);
/// `request.imageLanes` images side by side.
std::unique_ptr<Op> makeLanesConv2dOp(const OpRequest& request);
/// Between dense and image lanes.
std::unique_ptr<Op> makeLanesReorderOp(const Shape& shape, int fromBlock, int toBlock);

}  // namespace convolab
