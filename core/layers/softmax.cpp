#include <algorithm>
#include <cmath>
#include <vector>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class SoftmaxLayer final : public ReferenceLayer<SoftmaxLayer> {
  public:
    SoftmaxLayer() {
        id = "softmax";
        label = "Softmax";
        baseName = "Softmax";
        title = "Softmax";
        help = "Turns scores into probabilities that sum to 1. At the end of a network the cross-entropy loss takes "
               "it over.";
        formula = "y[k] = exp(x[k]) / Σ exp(x[i])";
        group = LayerGroup::Activation;
        docks = true;
        examples = {{"ten classes", {}, {Shape{10}}, 3}, {"two classes", {}, {Shape{2}}, 2}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (inputs[0].isVector()) return inputs[0];
        return Error{ErrorCode::ShapeMismatch,
                     "a vector with one value per class is needed, " + describeShape(inputs[0]) + " arrives", "",
                     "insert flatten and a dense layer, or global average pooling, before it"};
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const std::int64_t classes = context.output.shape[1];
        for (std::int64_t n = 0; n < context.output.shape[0]; ++n) {
            probabilities(context.inputs[0].data + n * classes, classes, context.output.data + n * classes);
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const std::int64_t classes = dx.shape[1];
        std::vector<T> y(static_cast<std::size_t>(classes));
        for (std::int64_t n = 0; n < dx.shape[0]; ++n) {
            const T* dy = context.outputGradient.data + n * classes;
            probabilities(context.inputs[0].data + n * classes, classes, y.data());
            T weighted{0};
            for (std::int64_t k = 0; k < classes; ++k) weighted += dy[k] * y[static_cast<std::size_t>(k)];
            for (std::int64_t k = 0; k < classes; ++k) {
                dx[n * classes + k] = y[static_cast<std::size_t>(k)] * (dy[k] - weighted);
            }
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("Softmax", node.inputs, {node.output}, node.node.name, {{"axis", std::int64_t{1}}});
        return {};
    }

  private:
    /// Subtracts the largest score first, so that exp cannot overflow.
    template <class T>
    static void probabilities(const T* x, std::int64_t classes, T* y) {
        const T largest = *std::max_element(x, x + classes);
        T sum{0};
        for (std::int64_t k = 0; k < classes; ++k) {
            y[k] = std::exp(x[k] - largest);
            sum += y[k];
        }
        for (std::int64_t k = 0; k < classes; ++k) y[k] /= sum;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_softmax() { return std::make_unique<SoftmaxLayer>(); }

}  // namespace convolab
