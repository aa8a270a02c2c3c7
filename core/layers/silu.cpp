#include <cmath>

#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

class SiluLayer final : public ActivationLayer<SiluLayer> {
  public:
    SiluLayer() {
        id = "silu";
        label = "SiLU";
        baseName = "SiLU";
        title = "Sigmoid linear unit (swish)";
        help = "Weights every value by its own sigmoid: like ReLU far from 0, smooth in between.";
        formula = "y = x / (1 + exp(−x))";
    }

    template <class T>
    static T value(T x, T) { return x * sigmoid(x); }
    template <class T>
    static T slope(T x, T) {
        const T s = sigmoid(x);
        return s * (T{1} + x * (T{1} - s));
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        steps.finish("Mul", {steps.input(), steps.add("Sigmoid", {steps.input()}, "sigmoid")});
        return {};
    }

  private:
    template <class T>
    static T sigmoid(T x) { return T{1} / (T{1} + std::exp(-x)); }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_silu() { return std::make_unique<SiluLayer>(); }

}  // namespace convolab
