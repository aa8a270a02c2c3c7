#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema integerAttribute(const char* key, const char* label, const char* help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{0};
    schema.minimum = 0;
    schema.maximum = 1 << 24;
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

class SliceLayer final : public RearrangingLayer<SliceLayer> {
  public:
    SliceLayer() {
        id = "slice";
        label = "Slice";
        baseName = "Slice";
        title = "Slice of channels";
        help = "Keeps a range of the channels, or of a vector's values. A split is several slices side by side: one per part.";
        formula = "y[c] = x[first + c]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {integerAttribute("first", "First channel", "Channels are counted from 0"),
                      integerAttribute("channels", "Channels", "How many channels are kept; 0: all that follow")};
        examples = {{"middle", {{"first", std::int64_t{1}}, {"channels", std::int64_t{2}}}, {Shape{4, 2, 3}}, 2},
                    {"to the end of a vector", {{"first", std::int64_t{2}}}, {Shape{5}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t first = values.integer("first"), wanted = values.integer("channels"), all = inputs[0].channels();
        if (first >= all) {
            return Error{ErrorCode::ShapeMismatch,
                         "it begins with channel " + withThousands(first) + ", but the " + withThousands(all) +
                             (all == 1 ? " channel is" : " channels are") + " counted from 0 to " + withThousands(all - 1),
                         "", "begin with an earlier channel"};
        }
        if (wanted > all - first) {
            return Error{ErrorCode::ShapeMismatch,
                         withThousands(wanted) + " channels from channel " + withThousands(first) + " on are more than the " +
                             withThousands(all - first) + " that are there",
                         "", "keep " + withThousands(all - first) + ", or set channels to 0 for all that follow"};
        }
        Shape shape = inputs[0];
        shape[0] = wanted == 0 ? all - first : wanted;
        return shape;
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t first = values.integer("first"), all = inputs[0].channels();
        if (first >= all) return {attributeFix(node, "Begin with channel 0", "first", std::int64_t{0})};
        if (values.integer("channels") <= all - first) return {};
        return {attributeFix(node, "Keep " + withThousands(all - first), "channels", all - first)};
    }

    std::string summary(const Attributes& values) const override {
        const std::int64_t first = values.integer("first"), wanted = values.integer("channels");
        if (wanted == 0) return "from channel " + withThousands(first);
        return "channels " + withThousands(first) + "\u2013" + withThousands(first + wanted - 1);
    }

    std::optional<std::int64_t> channelBehind(const Attributes& values, const Shape&, std::int64_t channel) const override {
        return values.integer("first") + channel;
    }

    std::optional<Place> sourceOf(const Attributes& values, const Shape&, const Shape&, const Place& place) const override {
        return Place{values.integer("first") + place.channel, place.row, place.column};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::int64_t first = node.attributes.integer("first");
        const auto constant = [&](const char* what, std::int64_t value) {
            return builder.addInitializer(node.node.name + "." + what, std::vector<std::int64_t>{value});
        };
        builder.addNode("Slice", {node.inputs[0], constant("first", first), constant("end", first + node.outputShape.channels()),
                                  constant("axis", 1)},
                        {node.output}, node.node.name);
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_slice() { return std::make_unique<SliceLayer>(); }

}  // namespace convolab
