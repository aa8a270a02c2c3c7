#pragma once

#include <deque>
#include <span>
#include <vector>

#include "core/backend/gpu_network.h"
#include "core/graph/analysis.h"
#include "core/layers/layer_kind.h"
#include "core/model/weights.h"

namespace convolab {

/// One layer for the CUDA module, with the memory that its pointers show; moves, does not copy.
struct GpuOp {
    ConvolabGpuOp op{};
    std::vector<std::int32_t> inputs;
    std::vector<ConvolabGpuShape> inputShapes;
    std::vector<std::int32_t> table;
    std::vector<float> constants;

    GpuOp() = default;
    GpuOp(GpuOp&&) = default;
    GpuOp& operator=(GpuOp&&) = default;
    GpuOp(const GpuOp&) = delete;
    GpuOp& operator=(const GpuOp&) = delete;
    void connect();  ///< sets the pointers and counts of `op`
};

/// A layer with complete attributes. inputs, node and parameter offsets are left to the caller. Unsupported if the module
/// has no kernels for the kind.
Result<GpuOp> describeGpuOp(const LayerKind& kind, const Attributes& attributes, std::span<const Shape> inputs, const Shape& output);

/// A whole network; `ops` stay where they are.
struct GpuNetwork {
    std::deque<GpuOp> ops;
    std::vector<ConvolabGpuOp> plain;
    ConvolabGpuNetwork network{};
};

/// A spec without errors. The loss reads the logits (before a softmax at the end) with `atLogits`, else the output.
Result<GpuNetwork> describeGpuNetwork(const NetworkSpec& spec, const Analysis& analysis, const ParameterLayout& layout, bool atLogits);

}  // namespace convolab
