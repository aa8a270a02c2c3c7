#include <array>

#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema orderAttribute() {
    AttributeSchema schema;
    schema.key = "order";
    schema.label = "Order";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("CWH");
    schema.choices = {"CWH", "HCW", "HWC", "WCH", "WHC"};
    schema.help = "What becomes channels, height and width: C the channels that arrive, H the height, W the width";
    schema.section = "Shape";
    return schema;
}

class PermuteLayer final : public RearrangingLayer<PermuteLayer> {
  public:
    PermuteLayer() {
        id = "permute";
        label = "Permute";
        baseName = "Permute";
        title = "Permute axes";
        help = "Exchanges channels, height and width; CWH turns every map over at its diagonal.";
        formula = "CWH: y[c, i, j] = x[c, j, i]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {orderAttribute()};
        for (const std::string& order : attributes[0].choices) {
            examples.push_back({"to " + order, {{"order", order}}, {Shape{2, 3, 4}}, 2});
        }
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        if (!inputs[0].isImage()) return imageNeeded(inputs[0]);
        const auto axes = axesOf(values);
        return Shape{inputs[0][axes[0]], inputs[0][axes[1]], inputs[0][axes[2]]};
    }

    std::string summary(const Attributes& values) const override { return "to " + values.text("order"); }

    std::optional<std::int64_t> channelBehind(const Attributes& values, const Shape&, std::int64_t channel) const override {
        if (axesOf(values)[0] != 0) return {};
        return channel;
    }

    std::optional<Place> sourceOf(const Attributes& values, const Shape&, const Shape&, const Place& place) const override {
        const auto axes = axesOf(values);
        std::array<std::int64_t, 3> at{};
        at[static_cast<std::size_t>(axes[0])] = place.channel;
        at[static_cast<std::size_t>(axes[1])] = place.row;
        at[static_cast<std::size_t>(axes[2])] = place.column;
        return Place{at[0], at[1], at[2]};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const auto axes = axesOf(node.attributes);
        builder.addNode("Transpose", {node.inputs[0]}, {node.output}, node.node.name,
                        {{"perm", Integers{0, axes[0] + 1, axes[1] + 1, axes[2] + 1}}});
        return {};
    }

  private:
    /// Which axis of the input each axis of the output is.
    static std::array<int, 3> axesOf(const Attributes& values) {
        const std::string& order = values.text("order");
        std::array<int, 3> axes{};
        for (std::size_t i = 0; i < 3; ++i) axes[i] = static_cast<int>(std::string("CHW").find(order[i]));
        return axes;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_permute() { return std::make_unique<PermuteLayer>(); }

}  // namespace convolab
