#pragma once

#include <string>

#include "core/tensor/tensor.h"
#include "core/util/result.h"
#include "datasets/picture.h"

namespace convolab {

/// A picture made fit for a network, with a sentence about what that took.
struct NetworkImage {
    Tensor pixels;    ///< (C, H, W) in [0, 1]
    std::string how;  ///< "640×427 RGB: cropped to the centre, scaled to 28×28, turned grey"; empty if nothing was done
};

/// Alpha is laid over black (the ground of the digit sets), colour turns grey by the luma weights of BT.601 (0.299,
/// 0.587, 0.114) or grey is repeated, then the largest centred part of the input's aspect is averaged down over areas
/// or interpolated up linearly. `input` is (C, H, W) with C = 1 or 3; anything else is an error. `content` is the shape
/// of the data set's own images where that is smaller than the input: the picture then becomes as large as they, and is
/// padded with zeros as they are (28×28 → 32×32).
Result<NetworkImage> imageForNetwork(const Picture& picture, const Shape& input, const Shape& content = {});

/// `content` in the middle of zeros; both (C, H, W) with equal channels and no larger than `input`.
Tensor paddedTo(const Tensor& content, const Shape& input);

}  // namespace convolab
