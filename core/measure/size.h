#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/graph/network_spec.h"
#include "core/measure/layer_work.h"
#include "core/model/weights.h"

namespace convolab {

/// How large a network is, in the several senses of the word. MACs count convolutions and dense layers, of one image.
struct SizeFigures {
    std::int64_t parameters = 0;       ///< trainable
    std::int64_t macs = 0;
    std::int64_t activationBytes = 0;  ///< sum of all layers' outputs, float32, one image
    std::int64_t arenaBytes = 0;       ///< what an inference model for one image really reserves: memory is used again
    std::int64_t bytesMoved = 0;       ///< by one image (LayerWork::bytesMoved)
    std::int64_t weightBytes = 0;      ///< parameters and running statistics as float32
    std::optional<std::int64_t> documentBytes;  ///< the .convolab file, with its runs and checkpoints
    std::optional<std::int64_t> onnxBytes;      ///< an ONNX file with these weights
    std::optional<std::int64_t> packedBytes;    ///< pruned, shared and coded

    std::int64_t flops() const { return 2 * macs; }
    /// The smallest form that can be shipped: packed, else ONNX, else the bare weights.
    std::int64_t shippedBytes() const { return packedBytes.value_or(onnxBytes.value_or(weightBytes)); }
};

/// Compiles a model for one image (the arena) and, given weights, writes an ONNX file into a temporary folder to weigh it.
Result<SizeFigures> measureSize(const NetworkSpec& spec, const WeightSet* weights);

}  // namespace convolab
