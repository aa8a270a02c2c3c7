#pragma once

#include <string>

#include "core/tensor/tensor.h"
#include "core/util/result.h"
#include "datasets/picture.h"

namespace convolab {

/// Whether the images of this data set follow MNIST's convention: white digits on black, fitted into 20×20 and centred
/// by their mass in 28×28.
bool isDigitSet(const std::string& datasetId);

/// What a network sees of a drawing. `pad` is grey, 65535 = ink. Digit sets: the box around the ink is fitted into
/// 20×20 with its aspect kept (never enlarged), averaged over areas, which gives the grey edges of MNIST, and laid so
/// that its centre of mass is pixel (14, 14) of the 28×28 field (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86, 1998); a
/// larger input is padded with zeros around. Other sets, and inputs under 28×28: the whole pad as a picture (see
/// imageForNetwork for `input` and `content`). An empty pad gives an empty image.
Result<Tensor> drawingForNetwork(const Picture& pad, bool digits, const Shape& input, const Shape& content = {});

}  // namespace convolab
