#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

class Relu6Layer final : public ActivationLayer<Relu6Layer> {
  public:
    Relu6Layer() {
        id = "relu6";
        label = "ReLU6";
        baseName = "ReLU6";
        title = "Rectified linear unit up to 6";
        help = "ReLU that stops at 6, so that few bits can hold its values. Used by MobileNet.";
        formula = "y = min(max(0, x), 6)";
    }

    template <class T>
    static T value(T x, T) {
        if (x < T{0}) return T{0};
        return x > T{6} ? T{6} : x;
    }
    template <class T>
    static T slope(T x, T) { return x > T{0} && x < T{6} ? T{1} : T{0}; }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        steps.finish("Clip", {steps.input(), steps.scalar("low", 0.0), steps.scalar("high", 6.0)});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_relu6() { return std::make_unique<Relu6Layer>(); }

}  // namespace convolab
