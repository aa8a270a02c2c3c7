#pragma once

#include "core/compress/quantization/integer_network.h"
#include "core/interop/onnx_export.h"

namespace convolab {

/// The integer network as an ONNX model in QDQ form: float operators between QuantizeLinear and DequantizeLinear, which
/// runtimes fuse into integer ones. Activations uint8, weights int8 with a scale per output along axis 0, biases int32
/// with scale s_x · s_w. Same integers as ours; sub-8-bit weights lie in int8 on their own grid (documented in the nodes
/// and the metadata "convolab.quantization"). Activations of fewer than 8 bits have no form in opset 13: a sentence.
/// Outputs and names as in exportOnnx.
Result<OnnxExportReport> exportOnnxQdq(const IntegerNetwork& network, const std::filesystem::path& file,
                                       const OnnxExportOptions& options = {});

}  // namespace convolab
