#include <numeric>

#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema groupsAttribute() {
    AttributeSchema schema;
    schema.key = "groups";
    schema.label = "Groups";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{2};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = {2, 3, 4, 8};
    schema.help = "The groups of the convolution before it; their channels are dealt out in turn";
    schema.section = "Shape";
    return schema;
}

class ChannelShuffleLayer final : public RearrangingLayer<ChannelShuffleLayer> {
  public:
    ChannelShuffleLayer() {
        id = "channel_shuffle";
        label = "Shuffle";
        baseName = "Shuffle";
        title = "Channel shuffle";
        help = "Deals the channels of all groups out in turn, like cards, so that the next grouped convolution sees "
               "something of every group (ShuffleNet, 2018).";
        formula = "y[i·g + j] = x[j·C/g + i]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {groupsAttribute()};
        examples = {{"two groups", {}, {Shape{6, 2, 3}}, 2},
                    {"three groups of a vector", {{"groups", std::int64_t{3}}}, {Shape{6}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t groups = values.integer("groups"), channels = inputs[0].channels();
        if (channels % groups == 0) return inputs[0];
        return Error{ErrorCode::ShapeMismatch,
                     withThousands(channels) + " channels cannot be divided into " + withThousands(groups) + " equal groups", "",
                     "set groups to " + withThousands(fittingGroups(groups, channels))};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t groups = values.integer("groups"), fitting = fittingGroups(groups, inputs[0].channels());
        if (fitting == groups) return {};
        return {attributeFix(node, "Set groups to " + withThousands(fitting), "groups", fitting)};
    }

    std::string summary(const Attributes& values) const override { return withThousands(values.integer("groups")) + " groups"; }

    std::optional<std::int64_t> channelBehind(const Attributes& values, const Shape& input, std::int64_t channel) const override {
        const std::int64_t groups = values.integer("groups");
        return channel % groups * (input.channels() / groups) + channel / groups;
    }

    std::optional<Place> sourceOf(const Attributes& values, const Shape& input, const Shape&, const Place& place) const override {
        return Place{*channelBehind(values, input, place.channel), place.row, place.column};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const Shape& in = node.inputShapes[0];
        const std::int64_t groups = node.attributes.integer("groups"), plane = in.height() * in.width();
        const auto reshape = [&](const std::string& from, const std::string& to, const std::string& what, const Integers& shape) {
            const std::string name = node.node.name + "." + what;
            builder.addNode("Reshape", {from, builder.addInitializer(name + ".shape", shape)}, {to}, name);
        };
        const std::string split = builder.uniqueName(node.output + ".split"), dealt = builder.uniqueName(node.output + ".dealt");
        reshape(node.inputs[0], split, "split", {0, groups, in.channels() / groups, plane});
        builder.addNode("Transpose", {split}, {dealt}, node.node.name, {{"perm", Integers{0, 2, 1, 3}}});
        Integers shape{0};
        shape.insert(shape.end(), in.extents().begin(), in.extents().end());
        reshape(dealt, node.output, "join", shape);
        return {};
    }

  private:
    static std::int64_t fittingGroups(std::int64_t groups, std::int64_t channels) {
        std::int64_t fitting = std::min(groups, channels);
        while (channels % fitting != 0) --fitting;
        return fitting;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_channel_shuffle() { return std::make_unique<ChannelShuffleLayer>(); }

}  // namespace convolab
