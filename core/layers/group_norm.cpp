#include <algorithm>

#include "core/layers/channel_norm.h"
#include "core/layers/norm_attributes.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema groupsAttribute() {
    AttributeSchema schema;
    schema.key = "groups";
    schema.label = "Groups";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{1};
    schema.minimum = 1;
    schema.maximum = 4096;
    schema.common = {1, 8, 32};
    schema.help = "Channels are normalised in this many groups; their number must be divisible by it";
    schema.section = "Shape";
    return schema;
}

/// The largest number of groups up to `wanted` that divides `channels`.
std::int64_t possibleGroups(std::int64_t channels, std::int64_t wanted) {
    std::int64_t groups = std::min(channels, wanted);
    while (channels % groups != 0) --groups;
    return groups;
}

class GroupNormLayer final : public ReferenceLayer<GroupNormLayer> {
  public:
    GroupNormLayer() {
        id = "group_norm";
        label = "Group norm";
        baseName = "Group norm";
        title = "Group normalisation";
        help = "Brings each group of channels of an image to mean 0 and variance 1, then each channel to a trained scale "
               "and shift. The same in training and evaluation, whatever the batch.";
        formula = "y = γ · (x − μ) / √(σ² + ε) + β, μ and σ² over a group's maps";
        group = LayerGroup::Normalisation;
        docks = true;
        attributes = {groupsAttribute(), varianceEpsilonAttribute()};
        examples = {{"two groups", {{"groups", std::int64_t{2}}}, {Shape{4, 3, 2}}, 2},
                    {"one group", {{"epsilon", 0.1}}, {Shape{3, 2, 2}}, 2},
                    {"vector", {{"groups", std::int64_t{3}}}, {Shape{9}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t groups = values.integer("groups");
        const std::int64_t channels = inputs[0].channels();
        if (channels % groups != 0) {
            return Error{ErrorCode::ShapeMismatch,
                         withThousands(channels) + " channels cannot be divided into " + withThousands(groups) + " equal groups",
                         "", "set groups to " + withThousands(possibleGroups(channels, groups))};
        }
        if (inputs[0].size() > groups) return inputs[0];
        return Error{ErrorCode::ShapeMismatch, "each group is a single value, and normalising it always gives 0", "",
                     "use fewer groups"};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        if (outputShape(values, inputs).ok()) return {};
        const std::int64_t channels = inputs[0].channels();
        std::int64_t groups = possibleGroups(channels, values.integer("groups"));
        if (inputs[0].size() <= groups) groups = 1;
        if (inputs[0].size() <= groups) return {};
        return {attributeFix(node, "Set groups to " + withThousands(groups), "groups", groups)};
    }

    std::vector<ParameterSpec> parameters(const Attributes&, std::span<const Shape> inputs) const override {
        return channelNormParameters(inputs[0].channels());
    }

    std::string summary(const Attributes& values) const override {
        const std::int64_t groups = values.integer("groups");
        return withThousands(groups) + (groups == 1 ? " group" : " groups");
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        channelNormForward(context, context.attributes.integer("groups"));
    }
    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        channelNormBackward(context, context.attributes.integer("groups"));
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const Shape& shape = node.inputShapes[0];
        const std::string grouped = steps.add("Reshape", {steps.input(), steps.integers("grouped_shape", {0, node.attributes.integer("groups"), -1})}, "grouped");
        const std::string normalised = normalisedLastAxis(steps, grouped, node.attributes.real("epsilon"));
        std::vector<std::int64_t> back{0};
        for (const std::int64_t extent : shape.extents()) back.push_back(extent);
        const std::string image = steps.add("Reshape", {normalised, steps.integers("shape", back)}, "shaped");
        const Shape perChannel = shape.isImage() ? Shape{shape.channels(), 1, 1} : shape;
        const std::string scaled = steps.add("Mul", {image, steps.constant("weight", perChannel, node.parameters[0])}, "scaled");
        steps.finish("Add", {scaled, steps.constant("bias", perChannel, node.parameters[1])});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_group_norm() { return std::make_unique<GroupNormLayer>(); }

}  // namespace convolab
