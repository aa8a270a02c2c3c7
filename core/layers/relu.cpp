#include "core/layers/activation_layer.h"

namespace convolab {

namespace {

class ReluLayer final : public ActivationLayer<ReluLayer> {
  public:
    ReluLayer() {
        id = "relu";
        label = "ReLU";
        baseName = "ReLU";
        title = "Rectified linear unit";
        help = "Passes positive values on and sets negative ones to 0.";
        formula = "y = max(0, x)";
        m_onnxType = "Relu";
    }

    // Written so that NaN stays NaN: a diverging training must not look healthy.
    template <class T>
    static T value(T x, T) { return x < T{0} ? T{0} : x; }
    template <class T>
    static T slope(T x, T) { return x > T{0} ? T{1} : T{0}; }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_relu() { return std::make_unique<ReluLayer>(); }

}  // namespace convolab
