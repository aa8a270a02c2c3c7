#pragma once

#include <span>

#include "core/compress/sharing/codebook.h"
#include "core/interop/onnx_builder.h"

namespace convolab {

/// Turns a layer's weights, which its writer has just added as floats behind `firstInitializer`, into codes and a codebook:
/// codes (one byte a weight) → Cast → Gather(codebook) → the layer's node, which stands at `firstNode`. Standard operators
/// of opset 13; a runtime folds them when it loads the file, so that the results are the same to the bit. Pruned weights
/// take one more entry, 0; with more than 256 entries, two bytes a weight.
void writeAsCodebook(OnnxBuilder& builder, int firstInitializer, int firstNode, const std::string& layer,
                     std::span<const float> weights, const Codebook& codebook);

}  // namespace convolab
