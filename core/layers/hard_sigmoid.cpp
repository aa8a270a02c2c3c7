#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

class HardSigmoidLayer final : public ActivationLayer<HardSigmoidLayer> {
  public:
    HardSigmoidLayer() {
        id = "hard_sigmoid";
        label = "Hard sigmoid";
        baseName = "Hard sigmoid";
        title = "Hard sigmoid";
        help = "A sigmoid of three straight pieces: 0 up to −3, 1 from 3 on.";
        formula = "y = min(max(0, x + 3), 6) / 6";
    }

    template <class T>
    static T value(T x, T) {
        if (x <= T{-3}) return T{0};
        return x >= T{3} ? T{1} : (x + T{3}) / T{6};
    }
    template <class T>
    static T slope(T x, T) { return x > T{-3} && x < T{3} ? T{1} / T{6} : T{0}; }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        steps.finish("HardSigmoid", {steps.input()}, {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_hard_sigmoid() { return std::make_unique<HardSigmoidLayer>(); }

}  // namespace convolab
