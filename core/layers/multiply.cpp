#include <algorithm>

#include "core/layers/onnx_steps.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

/// One value per channel: (C, 1, 1), or a vector of C values.
bool isGate(const Shape& shape) { return shape.height() == 1 && shape.width() == 1; }

class MultiplyLayer final : public ReferenceLayer<MultiplyLayer> {
  public:
    MultiplyLayer() {
        id = "multiply";
        label = "Multiply";
        baseName = "Multiply";
        title = "Multiply";
        help = "Multiplies its inputs value by value. An input with one value per channel multiplies whole maps: the gate "
               "of squeeze-and-excitation.";
        formula = "y = x₁ · x₂ · …";
        group = LayerGroup::Merge;
        minInputs = 2;
        maxInputs = -1;
        examples = {{"two images", {}, {Shape{2, 3, 3}, Shape{2, 3, 3}}, 2},
                    {"image and gate", {}, {Shape{3, 2, 4}, Shape{3, 1, 1}}, 2},
                    {"vector as a gate", {}, {Shape{3}, Shape{3, 2, 2}}, 2},
                    {"three vectors", {}, {Shape{4}, Shape{4}, Shape{4}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        const std::size_t largest = largestOf(inputs);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (inputs[i] == inputs[largest] || (isGate(inputs[i]) && inputs[i].channels() == inputs[largest].channels())) continue;
            return Error{ErrorCode::ShapeMismatch,
                         "input " + std::to_string(i + 1) + " is " + inputs[i].text() + ", input " + std::to_string(largest + 1) +
                             " is " + inputs[largest].text(),
                         "", "inputs must have the same shape, or one value for each channel"};
        }
        return inputs[largest];
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const Shape& shape = context.output.shape;
        for (std::int64_t i = 0; i < shape.size(); ++i) {
            T product{1};
            for (const View<const T>& input : context.inputs) product *= input[place(input.shape, shape, i)];
            context.output[i] = product;
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const Shape& shape = context.outputGradient.shape;
        for (std::size_t k = 0; k < context.inputs.size(); ++k) {
            const View<T> dx = wantedGradient(context, k);
            if (dx.data == nullptr) continue;
            std::fill_n(dx.data, dx.size(), T{0});
            for (std::int64_t i = 0; i < shape.size(); ++i) {
                T product = context.outputGradient[i];
                for (std::size_t m = 0; m < context.inputs.size(); ++m) {
                    if (m != k) product *= context.inputs[m][place(context.inputs[m].shape, shape, i)];
                }
                dx[place(dx.shape, shape, i)] += product;
            }
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        std::vector<std::string> factors;
        for (std::size_t k = 0; k < node.inputs.size(); ++k) {
            const bool spread = node.inputShapes[k].isVector() && node.outputShape.isImage();
            const std::string name = "gate" + std::to_string(k + 1);
            factors.push_back(spread ? steps.add("Unsqueeze", {node.inputs[k], steps.integers(name + ".axes", {2, 3})}, name)
                                     : node.inputs[k]);
        }
        std::string product = factors.front();
        for (std::size_t k = 1; k + 1 < factors.size(); ++k) {
            product = steps.add("Mul", {product, factors[k]}, "product" + std::to_string(k));
        }
        steps.finish("Mul", {product, factors.back()});
        return {};
    }

  private:
    /// The first of those with the most values; an image rather than a vector.
    static std::size_t largestOf(std::span<const Shape> inputs) {
        std::size_t largest = 0;
        for (std::size_t i = 1; i < inputs.size(); ++i) {
            const Shape& best = inputs[largest];
            const bool richer = inputs[i].isImage() && !best.isImage();
            if (inputs[i].size() > best.size() || (inputs[i].size() == best.size() && richer)) largest = i;
        }
        return largest;
    }

    /// Where an input of this batched shape has the factor of the output's value i.
    static std::int64_t place(const Shape& input, const Shape& output, std::int64_t i) {
        return input.size() == output.size() ? i : i / (output.size() / input.size());
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_multiply() { return std::make_unique<MultiplyLayer>(); }

}  // namespace convolab
