#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

/// Geometry of a sliding window; every pair is (height, width).
struct WindowGeometry {
    std::vector<std::int64_t> kernel{1, 1};
    std::vector<std::int64_t> stride{1, 1};
    std::vector<std::int64_t> dilation{1, 1};
};

/// [0, 0, 0, 0]: no padding.
std::vector<std::int64_t> validPads();
/// Pads (top, left, bottom, right) with which the output is ceil(input / stride), by ONNX's SAME_UPPER: per axis
/// max((ceil(in / stride) − 1) · stride + dilation · (kernel − 1) + 1 − in, 0), an odd one at the bottom or right.
std::vector<std::int64_t> samePads(const Shape& input, const WindowGeometry& window);

/// The geometry of a node's kind that slides a window (it has the attributes kernel and pads), or nothing.
std::optional<WindowGeometry> windowOf(const Node& node);
/// "same" if the node's pads are the *same* pads of this input and not all 0, "valid" if they are all 0, otherwise the
/// four numbers; empty for a kind without pads.
std::string paddingText(const Node& node, const std::optional<Shape>& input);

/// setAttribute that keeps *same* padding: if the node's pads were the *same* pads of `input` (and not all 0, which is
/// *valid*), they are filled anew for the changed kernel, stride or dilation.
void setAttributeKeepingSame(NetworkSpec& spec, NodeId node, const std::string& key, AttributeValue value,
                             const std::optional<Shape>& input);

}  // namespace convolab
