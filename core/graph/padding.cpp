#include "core/graph/padding.h"

#include <algorithm>

#include "core/layers/layer_kind.h"

namespace convolab {

namespace {

std::optional<Attributes> completed(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    if (kind == nullptr) return {};
    Result<Attributes> complete = completeAttributes(kind->attributes, node.attributes);
    if (!complete) return {};
    return std::move(complete).value();
}

std::optional<WindowGeometry> windowOf(const Attributes& attributes) {
    if (!attributes.has("kernel") || !attributes.has("pads")) return {};
    WindowGeometry window;
    window.kernel = attributes.integers("kernel");
    if (attributes.has("stride")) window.stride = attributes.integers("stride");
    if (attributes.has("dilation")) window.dilation = attributes.integers("dilation");
    return window;
}

bool hasSamePads(const Attributes& attributes, const Shape& input) {
    const auto window = windowOf(attributes);
    if (!window || !input.isImage()) return false;
    const auto& pads = attributes.integers("pads");
    return pads != validPads() && pads == samePads(input, *window);
}

}  // namespace

std::vector<std::int64_t> validPads() { return {0, 0, 0, 0}; }

std::vector<std::int64_t> samePads(const Shape& input, const WindowGeometry& window) {
    const std::int64_t extents[2] = {input.height(), input.width()};
    std::vector<std::int64_t> pads(4, 0);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t stride = std::max<std::int64_t>(window.stride[axis], 1);
        const std::int64_t span = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
        const std::int64_t outputs = (extents[axis] + stride - 1) / stride;
        const std::int64_t total = std::max<std::int64_t>((outputs - 1) * stride + span - extents[axis], 0);
        pads[axis] = total / 2;
        pads[axis + 2] = total - total / 2;
    }
    return pads;
}

std::optional<WindowGeometry> windowOf(const Node& node) {
    const auto attributes = completed(node);
    return attributes ? windowOf(*attributes) : std::nullopt;
}

std::string paddingText(const Node& node, const std::optional<Shape>& input) {
    const auto attributes = completed(node);
    if (!attributes || !windowOf(*attributes)) return {};
    const auto& pads = attributes->integers("pads");
    if (pads == validPads()) return "valid";
    if (input && hasSamePads(*attributes, *input)) return "same";
    return attributeText(pads);
}

void setAttributeKeepingSame(NetworkSpec& spec, NodeId id, const std::string& key, AttributeValue value,
                             const std::optional<Shape>& input) {
    const Node* before = spec.node(id);
    const auto attributes = before == nullptr ? std::nullopt : completed(*before);
    const bool refill = key != "pads" && input && attributes && hasSamePads(*attributes, *input);
    spec.setAttribute(id, key, std::move(value));
    if (!refill) return;
    if (const auto window = windowOf(*spec.node(id))) spec.setAttribute(id, "pads", samePads(*input, *window));
}

}  // namespace convolab
