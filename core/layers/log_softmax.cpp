#include <algorithm>
#include <cmath>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class LogSoftmaxLayer final : public ReferenceLayer<LogSoftmaxLayer> {
  public:
    LogSoftmaxLayer() {
        id = "log_softmax";
        label = "Log-softmax";
        baseName = "Log-softmax";
        title = "Logarithm of softmax";
        help = "The logarithms of the probabilities that softmax gives, without their rounding. At the end of a network "
               "the cross-entropy loss takes it over.";
        formula = "y[k] = x[k] − ln Σ exp(x[i])";
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
            const T* x = context.inputs[0].data + n * classes;
            const T logarithm = logarithmOfSum(x, classes);
            for (std::int64_t k = 0; k < classes; ++k) context.output[n * classes + k] = x[k] - logarithm;
        }
    }

    /// dx = dy − softmax(x) · Σ dy.
    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const std::int64_t classes = dx.shape[1];
        for (std::int64_t n = 0; n < dx.shape[0]; ++n) {
            const T* x = context.inputs[0].data + n * classes;
            const T* dy = context.outputGradient.data + n * classes;
            const T logarithm = logarithmOfSum(x, classes);
            T sum{0};
            for (std::int64_t k = 0; k < classes; ++k) sum += dy[k];
            for (std::int64_t k = 0; k < classes; ++k) {
                dx[n * classes + k] = dy[k] - std::exp(x[k] - logarithm) * sum;
            }
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("LogSoftmax", node.inputs, {node.output}, node.node.name, {{"axis", std::int64_t{1}}});
        return {};
    }

  private:
    /// Takes the largest score out first, so that exp cannot overflow.
    template <class T>
    static T logarithmOfSum(const T* x, std::int64_t classes) {
        const T largest = *std::max_element(x, x + classes);
        T sum{0};
        for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(x[k] - largest);
        return largest + std::log(sum);
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_log_softmax() { return std::make_unique<LogSoftmaxLayer>(); }

}  // namespace convolab
