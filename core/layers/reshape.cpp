#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema shapeAttribute() {
    AttributeSchema schema;
    schema.key = "shape";
    schema.label = "Shape";
    schema.type = AttributeType::ImageShape;
    schema.defaultValue = Integers{0};
    schema.minimum = 0;
    schema.maximum = 1 << 24;
    schema.help = "Channels × height × width, or one number for a vector; one of them may be 0: what then remains";
    schema.section = "Shape";
    return schema;
}

class ReshapeLayer final : public RearrangingLayer<ReshapeLayer> {
  public:
    ReshapeLayer() {
        id = "reshape";
        label = "Reshape";
        baseName = "Reshape";
        title = "Reshape";
        help = "Reads the same values, in the order channel, row, column, as another shape: a vector as maps, for instance.";
        formula = "y[k] = x[k], k = (c·H + i)·W + j";
        group = LayerGroup::Shape;
        docks = true;
        inPlace = true;
        attributes = {shapeAttribute()};
        examples = {{"vector to image", {{"shape", Integers{2, 3, 2}}}, {Shape{12}}, 2},
                    {"image to image", {{"shape", Integers{0, 2, 2}}}, {Shape{2, 2, 4}}, 2},
                    {"image to vector", {}, {Shape{2, 2, 3}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const Integers& wanted = values.integers("shape");
        const std::int64_t size = inputs[0].size();
        std::int64_t known = 1, open = 0;
        for (const std::int64_t extent : wanted) {
            if (extent == 0) ++open;
            else if (known <= size) known *= extent;
        }
        if (open > 1) {
            return Error{ErrorCode::InvalidArgument, "only one extent can follow from the others, " + std::to_string(open) + " are 0", "",
                         "give all extents but one"};
        }
        if (open == 0 ? known != size : size % known != 0) {
            return Error{ErrorCode::ShapeMismatch,
                         withThousands(size) + (size == 1 ? " value does" : " values do") + " not fill a shape of " + attributeText(wanted),
                         "", "the product of the extents must be " + withThousands(size)};
        }
        Integers extents = wanted;
        for (std::int64_t& extent : extents) {
            if (extent == 0) extent = size / known;
        }
        return Shape(extents);
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        if (outputShape(values, inputs).ok()) return {};
        return {attributeFix(node, "Make it a vector of " + withThousands(inputs[0].size()), "shape", Integers{0})};
    }

    std::string summary(const Attributes& values) const override {
        std::vector<std::string> extents;
        for (const std::int64_t extent : values.integers("shape")) extents.push_back(extent == 0 ? "…" : std::to_string(extent));
        return extents.size() == 1 && extents[0] == "…" ? "a vector" : join(extents, "\u00D7");
    }

    std::optional<std::int64_t> channelBehind(const Attributes&, const Shape&, std::int64_t) const override { return {}; }

    std::optional<Place> sourceOf(const Attributes&, const Shape& input, const Shape& output, const Place& place) const override {
        return placeOf(input, indexOf(output, place));
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        Integers shape{0};  // the batch, as it is
        shape.insert(shape.end(), node.outputShape.extents().begin(), node.outputShape.extents().end());
        builder.addNode("Reshape", {node.inputs[0], builder.addInitializer(node.node.name + ".shape", shape)}, {node.output},
                        node.node.name);
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_reshape() { return std::make_unique<ReshapeLayer>(); }

}  // namespace convolab
