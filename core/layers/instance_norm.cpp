#include "core/layers/channel_norm.h"
#include "core/layers/norm_attributes.h"

namespace convolab {

namespace {

AttributeSchema affineAttribute() {
    AttributeSchema schema;
    schema.key = "affine";
    schema.label = "Scale and shift";
    schema.type = AttributeType::Bool;
    schema.defaultValue = false;
    schema.minimum = 0;
    schema.maximum = 1;
    schema.help = "A trained scale and shift for each channel behind the normalisation";
    schema.section = "Shape";
    return schema;
}

class InstanceNormLayer final : public ReferenceLayer<InstanceNormLayer> {
  public:
    InstanceNormLayer() {
        id = "instance_norm";
        label = "Instance norm";
        baseName = "Instance norm";
        title = "Instance normalisation";
        help = "Brings every single map to mean 0 and variance 1, which takes brightness and contrast out of an image. The "
               "same in training and evaluation, whatever the batch.";
        formula = "y = (x − μ) / √(σ² + ε), μ and σ² over one map";
        group = LayerGroup::Normalisation;
        docks = true;
        attributes = {affineAttribute(), varianceEpsilonAttribute()};
        examples = {{"plain", {}, {Shape{2, 3, 4}}, 2},
                    {"affine", {{"affine", true}}, {Shape{3, 2, 3}}, 2},
                    {"large epsilon", {{"affine", true}, {"epsilon", 0.1}}, {Shape{2, 1, 4}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (!inputs[0].isImage()) {
            return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(inputs[0]) + " arrives", "",
                         "put it before flatten and dense layers"};
        }
        if (inputs[0].height() * inputs[0].width() > 1) return inputs[0];
        return Error{ErrorCode::ShapeMismatch, "each map is a single value, and normalising it always gives 0", "",
                     "use group or layer norm, which look at several maps together"};
    }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape> inputs) const override {
        if (!values.flag("affine")) return {};
        return channelNormParameters(inputs[0].channels());
    }

    std::string summary(const Attributes& values) const override { return values.flag("affine") ? "scale and shift" : ""; }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        channelNormForward(context, context.inputs[0].shape[1]);
    }
    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        channelNormBackward(context, context.inputs[0].shape[1]);
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const std::int64_t channels = node.inputShapes[0].channels();
        const std::vector<float> ones(static_cast<std::size_t>(channels), 1.0F), zeros(ones.size(), 0.0F);
        const bool affine = !node.parameters.empty();
        const std::string scale = steps.constant("weight", Shape{channels}, affine ? node.parameters[0] : std::span<const float>(ones));
        const std::string shift = steps.constant("bias", Shape{channels}, affine ? node.parameters[1] : std::span<const float>(zeros));
        steps.finish("InstanceNormalization", {steps.input(), scale, shift},
                     {{"epsilon", static_cast<float>(node.attributes.real("epsilon"))}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_instance_norm() { return std::make_unique<InstanceNormLayer>(); }

}  // namespace convolab
