#include <cmath>

#include "core/layers/activation_layer.h"

namespace convolab {

namespace {

class SigmoidLayer final : public ActivationLayer<SigmoidLayer> {
  public:
    SigmoidLayer() {
        id = "sigmoid";
        label = "Sigmoid";
        baseName = "Sigmoid";
        title = "Logistic sigmoid";
        help = "Squeezes every value into 0 … 1. Far from 0 it is flat, and gradients vanish there.";
        formula = "y = 1 / (1 + exp(−x))";
        m_onnxType = "Sigmoid";
    }

    template <class T>
    static T value(T x, T) { return T{1} / (T{1} + std::exp(-x)); }
    template <class T>
    static T slope(T x, T) {
        const T y = value(x, T{0});
        return y * (T{1} - y);
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_sigmoid() { return std::make_unique<SigmoidLayer>(); }

}  // namespace convolab
