#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema modeAttribute() {
    AttributeSchema schema;
    schema.key = "mode";
    schema.label = "Mode";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("constant");
    schema.choices = {"constant", "reflect", "edge"};
    schema.help = "What the new pixels show: one value, the image mirrored at its edge, or the pixels of the edge";
    schema.section = "Shape";
    return schema;
}

AttributeSchema valueAttribute() {
    AttributeSchema schema;
    schema.key = "value";
    schema.label = "Value";
    schema.type = AttributeType::Real;
    schema.defaultValue = 0.0;
    schema.minimum = -1e6;
    schema.maximum = 1e6;
    schema.help = "Of the new pixels in mode constant";
    schema.section = "Shape";
    return schema;
}

class PadLayer final : public RearrangingLayer<PadLayer> {
  public:
    PadLayer() {
        id = "pad";
        label = "Pad";
        baseName = "Pad";
        title = "Padding";
        help = "Adds pixels around each map. Reflect mirrors the map without repeating its edge; edge repeats it.";
        formula = "y[c, i, j] = x[c, i − top, j − left]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {sidesAttribute("Pixels that are added at the top, left, bottom and right"), modeAttribute(), valueAttribute()};
        examples = {{"constant", {{"sides", Integers{1, 0, 2, 1}}, {"value", -1.5}}, {Shape{2, 3, 4}}, 2},
                    {"reflect", {{"sides", Integers{2, 1, 1, 2}}, {"mode", std::string("reflect")}}, {Shape{2, 3, 3}}, 2},
                    {"edge", {{"sides", Integers{3, 1, 0, 2}}, {"mode", std::string("edge")}}, {Shape{1, 2, 2}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const Shape& in = inputs[0];
        if (!in.isImage()) return imageNeeded(in);
        const Integers& sides = values.integers("sides");
        if (values.text("mode") == "reflect" &&
            (std::max(sides[0], sides[2]) >= in.height() || std::max(sides[1], sides[3]) >= in.width())) {
            return Error{ErrorCode::ShapeMismatch,
                         "a map of " + std::to_string(in.height()) + "\u00D7" + std::to_string(in.width()) + " cannot be mirrored by " +
                             attributeText(sides) + " pixels",
                         "", "reflect needs fewer pixels than the map has; mode edge takes any number"};
        }
        return Shape{in.channels(), in.height() + sides[0] + sides[2], in.width() + sides[1] + sides[3]};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        if (!inputs[0].isImage() || outputShape(values, inputs).ok()) return {};
        return {attributeFix(node, "Repeat the edge", "mode", std::string("edge"))};
    }

    std::string summary(const Attributes& values) const override {
        const Integers& sides = values.integers("sides");
        const bool even = std::all_of(sides.begin(), sides.end(), [&](std::int64_t side) { return side == sides[0]; });
        return values.text("mode") + ", " + (even ? std::to_string(sides[0]) : attributeText(sides));
    }

    std::optional<std::int64_t> channelBehind(const Attributes&, const Shape&, std::int64_t channel) const override { return channel; }
    double constant(const Attributes& values) const override { return values.real("value"); }

    std::optional<Place> sourceOf(const Attributes& values, const Shape& input, const Shape&, const Place& place) const override {
        const Integers& sides = values.integers("sides");
        const std::int64_t row = paddedSource(values.text("mode"), place.row - sides[0], input.height());
        const std::int64_t column = paddedSource(values.text("mode"), place.column - sides[1], input.width());
        if (row < 0 || column < 0) return {};
        return Place{place.channel, row, column};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const Integers& sides = node.attributes.integers("sides");
        const Integers pads{0, 0, sides[0], sides[1], 0, 0, sides[2], sides[3]};
        std::vector<std::string> inputs{node.inputs[0], builder.addInitializer(node.node.name + ".sides", pads)};
        const std::string& mode = node.attributes.text("mode");
        if (mode == "constant") {
            const auto value = static_cast<float>(constant(node.attributes));
            inputs.push_back(builder.addInitializer(node.node.name + ".value", Shape{}, std::span(&value, 1)));
        }
        builder.addNode("Pad", inputs, {node.output}, node.node.name, {{"mode", mode}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_pad() { return std::make_unique<PadLayer>(); }

}  // namespace convolab
