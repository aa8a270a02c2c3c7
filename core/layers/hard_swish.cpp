#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

class HardSwishLayer final : public ActivationLayer<HardSwishLayer> {
  public:
    HardSwishLayer() {
        id = "hard_swish";
        label = "Hard swish";
        baseName = "Hard swish";
        title = "Hard swish";
        help = "SiLU with a hard sigmoid, which is cheaper to compute. Used by MobileNetV3.";
        formula = "y = x · min(max(0, x + 3), 6) / 6";
    }

    template <class T>
    static T value(T x, T) {
        if (x <= T{-3}) return T{0};
        return x >= T{3} ? x : x * (x + T{3}) / T{6};
    }
    template <class T>
    static T slope(T x, T) {
        if (x <= T{-3}) return T{0};
        return x >= T{3} ? T{1} : x / T{3} + T{1} / T{2};
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const std::string gate = steps.add("HardSigmoid", {steps.input()}, "gate", {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
        steps.finish("Mul", {steps.input(), gate});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_hard_swish() { return std::make_unique<HardSwishLayer>(); }

}  // namespace convolab
