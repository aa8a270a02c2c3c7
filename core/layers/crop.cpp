#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

class CropLayer final : public RearrangingLayer<CropLayer> {
  public:
    CropLayer() {
        id = "crop";
        label = "Crop";
        baseName = "Crop";
        title = "Crop";
        help = "Cuts pixels off at the sides of each map, so that maps of different sizes can be added or concatenated.";
        formula = "y[c, i, j] = x[c, i + top, j + left]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {sidesAttribute("Pixels that are cut off at the top, left, bottom and right")};
        examples = {{"all sides", {}, {Shape{2, 4, 5}}, 2},
                    {"uneven", {{"sides", Integers{0, 2, 1, 0}}}, {Shape{3, 3, 4}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const Shape& in = inputs[0];
        if (!in.isImage()) return imageNeeded(in);
        const Integers& sides = values.integers("sides");
        const Shape shape{in.channels(), in.height() - sides[0] - sides[2], in.width() - sides[1] - sides[3]};
        if (shape.height() >= 1 && shape.width() >= 1) return shape;
        return Error{ErrorCode::ShapeMismatch,
                     "nothing is left of a map of " + std::to_string(in.height()) + "\u00D7" + std::to_string(in.width()) + " without " +
                         std::to_string(sides[0] + sides[2]) + " rows and " + std::to_string(sides[1] + sides[3]) + " columns",
                     "", "cut off less"};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        if (!inputs[0].isImage() || outputShape(values, inputs).ok()) return {};
        return {attributeFix(node, "Cut nothing off", "sides", Integers{0, 0, 0, 0})};
    }

    std::string summary(const Attributes& values) const override {
        const Integers& sides = values.integers("sides");
        const bool even = std::all_of(sides.begin(), sides.end(), [&](std::int64_t side) { return side == sides[0]; });
        return even ? std::to_string(sides[0]) + " at each side" : attributeText(sides);
    }

    std::optional<std::int64_t> channelBehind(const Attributes&, const Shape&, std::int64_t channel) const override { return channel; }

    std::optional<Place> sourceOf(const Attributes& values, const Shape&, const Shape&, const Place& place) const override {
        const Integers& sides = values.integers("sides");
        return Place{place.channel, place.row + sides[0], place.column + sides[1]};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const Integers& sides = node.attributes.integers("sides");
        const Shape& out = node.outputShape;
        const auto constant = [&](const char* what, const Integers& values) {
            return builder.addInitializer(node.node.name + "." + what, values);
        };
        builder.addNode("Slice", {node.inputs[0], constant("begin", {sides[0], sides[1]}),
                                  constant("end", {sides[0] + out.height(), sides[1] + out.width()}), constant("axes", {2, 3})},
                        {node.output}, node.node.name);
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_crop() { return std::make_unique<CropLayer>(); }

}  // namespace convolab
