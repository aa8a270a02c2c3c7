#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

AttributeSchema learningAttribute() {
    AttributeSchema schema;
    schema.key = "learning";
    schema.label = "Learning";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("none");
    schema.choices = {"none", "perceptron"};
    schema.help = "none: its gradient is 0, and nothing before it learns. perceptron: passes the gradient on as it is; with the mean "
                  "squared error that is Rosenblatt's rule, w ← w + 2 η (t − y) x, which changes weights only where the output y is wrong";
    schema.section = "Function";
    return schema;
}

class StepLayer final : public ActivationLayer<StepLayer> {
  public:
    StepLayer() {
        id = "step";
        label = "Step";
        baseName = "Step";
        title = "Step (Heaviside)";
        help = "1 for positive values, else 0: Rosenblatt's threshold. Its gradient is 0 everywhere, so that nothing "
               "before it learns by gradient descent; the perceptron's rule learns past it.";
        formula = "y = 1 for x > 0, else 0";
        attributes = {learningAttribute()};
    }

    std::string summary(const Attributes& values) const override {
        return values.text("learning") == "perceptron" ? "perceptron's rule" : ActivationLayer::summary(values);
    }

    /// 1 where the gradient passes.
    template <class T>
    T parameterOf(const Attributes& values) const {
        return values.text("learning") == "perceptron" ? T{1} : T{0};
    }

    // NaN stays NaN: a diverging training must not look healthy.
    template <class T>
    static T value(T x, T) {
        if (x > T{0}) return T{1};
        return x <= T{0} ? T{0} : x;
    }
    template <class T>
    static T slope(T, T passes) { return passes; }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        constexpr std::int64_t kFloat = 1;  // TensorProto.FLOAT
        OnnxSteps steps(builder, node);
        const std::string above = steps.add("Greater", {steps.input(), steps.scalar("zero", 0.0)}, "above");
        steps.finish("Cast", {above}, {{"to", kFloat}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_step() { return std::make_unique<StepLayer>(); }

}  // namespace convolab
