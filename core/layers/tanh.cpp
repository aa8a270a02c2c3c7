#include <cmath>

#include "core/layers/activation_layer.h"

namespace convolab {

namespace {

class TanhLayer final : public ActivationLayer<TanhLayer> {
  public:
    TanhLayer() {
        id = "tanh";
        label = "Tanh";
        baseName = "Tanh";
        title = "Hyperbolic tangent";
        help = "Squeezes every value into −1 … 1, symmetric about 0.";
        formula = "y = tanh(x)";
        m_onnxType = "Tanh";
    }

    template <class T>
    static T value(T x, T) { return std::tanh(x); }
    template <class T>
    static T slope(T x, T) {
        const T y = std::tanh(x);
        return T{1} - y * y;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_tanh() { return std::make_unique<TanhLayer>(); }

}  // namespace convolab
