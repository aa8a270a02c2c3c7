#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

AttributeSchema perChannelAttribute() {
    AttributeSchema schema;
    schema.key = "per_channel";
    schema.label = "Slope per channel";
    schema.type = AttributeType::Bool;
    schema.defaultValue = false;
    schema.minimum = 0;
    schema.maximum = 1;
    schema.help = "One slope for every channel, or one for the whole layer";
    schema.section = "Function";
    return schema;
}

AttributeSchema initialAttribute() {
    AttributeSchema schema;
    schema.key = "initial";
    schema.label = "Initial slope";
    schema.type = AttributeType::Real;
    schema.defaultValue = 0.25;
    schema.minimum = -1.0;
    schema.maximum = 1.0;
    schema.help = "Where the trained slopes begin";
    schema.section = "Function";
    return schema;
}

/// He et al., "Delving Deep into Rectifiers", 2015.
class PreluLayer final : public ReferenceLayer<PreluLayer> {
  public:
    PreluLayer() {
        id = "prelu";
        label = "PReLU";
        baseName = "PReLU";
        title = "Parametric rectified linear unit";
        help = "A leaky ReLU whose slope for negative values is trained.";
        formula = "y = x for x > 0, else slope · x";
        group = LayerGroup::Activation;
        docks = true;
        inPlace = true;
        attributes = {perChannelAttribute(), initialAttribute()};
        examples = {{"one slope", {}, {Shape{2, 3, 4}}, 2},
                    {"a slope per channel", {{"per_channel", true}}, {Shape{3, 2, 3}}, 2},
                    {"vector", {{"per_channel", true}, {"initial", 0.1}}, {Shape{6}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override { return inputs[0]; }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t count = values.flag("per_channel") ? inputs[0].channels() : 1;
        return {{"weight", ParameterRole::Scale, Shape{count}, 1, 1, true}};
    }

    std::string summary(const Attributes& values) const override {
        return values.flag("per_channel") ? "slope per channel" : "one slope";
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visit(context, [&](std::int64_t i, std::int64_t slope) {
            const T x = context.inputs[0][i];
            context.output[i] = x > T{0} ? x : context.parameters[0][slope] * x;
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        visit(context, [&](std::int64_t i, std::int64_t slope) {
            const T x = context.inputs[0][i];
            const T dy = context.outputGradient[i];
            if (!(x > T{0})) context.parameterGradients[0][slope] += dy * x;
            if (dx.data != nullptr) dx[i] = x > T{0} ? dy : context.parameters[0][slope] * dy;
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        // ONNX broadcasts from the last axis on.
        const std::int64_t count = static_cast<std::int64_t>(node.parameters[0].size());
        const Shape shape = node.inputShapes[0].isImage() ? Shape{count, 1, 1} : Shape{count};
        const std::string slope = builder.addInitializer(node.node.name + ".weight", shape, node.parameters[0]);
        builder.addNode("PRelu", {node.inputs[0], slope}, {node.output}, node.node.name);
        return {};
    }

  private:
    /// Calls `visitValue(index, index of its slope)` for every value.
    template <class T, class Visit>
    static void visit(const ReferenceContext<T>& context, Visit&& visitValue) {
        const Shape& shape = context.inputs[0].shape;
        const std::int64_t inner = shape.size() / (shape[0] * shape[1]);
        const bool shared = context.parameters[0].size() == 1;
        for (std::int64_t i = 0; i < shape.size(); ++i) visitValue(i, shared ? 0 : i / inner % shape[1]);
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_prelu() { return std::make_unique<PreluLayer>(); }

}  // namespace convolab
