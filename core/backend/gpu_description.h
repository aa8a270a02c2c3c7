#pragma once

#include <deque>
#include <map>
#include <span>
#include <vector>

#include "core/backend/gpu_network.h"
#include "core/graph/analysis.h"
#include "core/layers/layer_kind.h"
#include "core/layers/window.h"
#include "core/model/model.h"
#include "core/model/weights.h"

namespace convolab {

/// One layer for the CUDA module, with the memory that its pointers show; moves, does not copy.
struct GpuOp {
    ConvolabGpuOp op{};
    std::vector<std::int32_t> inputs;
    std::vector<ConvolabGpuShape> inputShapes;
    std::vector<std::int32_t> table;
    std::vector<float> constants;
    std::vector<std::int8_t> bytes;

    GpuOp();  ///< without parameters
    GpuOp(GpuOp&&) = default;
    GpuOp& operator=(GpuOp&&) = default;
    GpuOp(const GpuOp&) = delete;
    GpuOp& operator=(const GpuOp&) = delete;
    void connect();  ///< sets the pointers and counts of `op`
};

/// A layer with complete attributes. inputs, node and parameter offsets are left to the caller. Unsupported if the module
/// has no kernels for the kind.
Result<GpuOp> describeGpuOp(const LayerKind& kind, const Attributes& attributes, std::span<const Shape> inputs, const Shape& output);
/// The same of a node of a spec without errors, with its number and its places in `layout`.
Result<GpuOp> describeGpuNode(const NetworkSpec& spec, NodeId node, std::span<const Shape> inputs, const Shape& output, const ParameterLayout& layout);

ConvolabGpuShape gpuShape(const Shape& shape);
ConvolabGpuWindow gpuWindow(const Window& window);

/// A whole network; `ops` stay where they are.
struct GpuNetwork {
    std::deque<GpuOp> ops;
    std::vector<ConvolabGpuOp> plain;
    ConvolabGpuNetwork network{};

    /// Adds an op that reads the outputs of `inputs` (−1: the images); its number.
    std::int32_t add(GpuOp op, std::vector<std::int32_t> inputs);
    /// Fills `plain` and `network` when all ops are there.
    void finish(std::int32_t output, std::int32_t loss, const ParameterLayout& layout);
};

/// A spec without errors, up to options.end and the taps. The loss reads the logits (before a softmax at the end) for the cross-entropy
/// and in differentiable models, else the output. Outputs of options.rounded layers go onto their grids.
Result<GpuNetwork> describeGpuNetwork(const NetworkSpec& spec, const Analysis& analysis, const ParameterLayout& layout, const CompileOptions& options);

}  // namespace convolab
