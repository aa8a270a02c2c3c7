#pragma once

#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// The image has the network's input shape; else a sentence with both.
inline Status requireImage(const View<const float>& image, const Shape& input) {
    if (image.data != nullptr && image.shape == input) return {};
    return Error{ErrorCode::ShapeMismatch,
                 "the image is " + image.shape.text() + ", the network takes " + input.text(), "",
                 "fit the image to the network's input"};
}

}  // namespace convolab
