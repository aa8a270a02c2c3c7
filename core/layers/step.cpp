#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

class StepLayer final : public ActivationLayer<StepLayer> {
  public:
    StepLayer() {
        id = "step";
        label = "Step";
        baseName = "Step";
        title = "Step (Heaviside)";
        help = "1 for positive values, else 0: Rosenblatt's threshold. Its gradient is 0 everywhere, so that nothing "
               "before it learns by gradient descent.";
        formula = "y = 1 for x > 0, else 0";
    }

    // NaN stays NaN: a diverging training must not look healthy.
    template <class T>
    static T value(T x, T) {
        if (x > T{0}) return T{1};
        return x <= T{0} ? T{0} : x;
    }
    template <class T>
    static T slope(T, T) { return T{0}; }

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
