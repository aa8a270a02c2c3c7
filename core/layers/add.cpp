#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class AddLayer final : public ReferenceLayer<AddLayer> {
  public:
    AddLayer() {
        id = "add";
        label = "Add";
        baseName = "Add";
        title = "Add";
        help = "Sums its inputs value by value; all must have the same shape. With a skip connection: a residual "
               "block.";
        formula = "y = x₁ + x₂ + …";
        group = LayerGroup::Merge;
        minInputs = 2;
        maxInputs = -1;
        examples = {{"two images", {}, {Shape{2, 3, 3}, Shape{2, 3, 3}}, 2},
                    {"three vectors", {}, {Shape{4}, Shape{4}, Shape{4}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        for (std::size_t i = 1; i < inputs.size(); ++i) {
            if (inputs[i] == inputs[0]) continue;
            return Error{ErrorCode::ShapeMismatch,
                         "input " + std::to_string(i + 1) + " is " + inputs[i].text() + ", input 1 is " +
                             inputs[0].text(),
                         "", "all inputs must have the same shape; a 1×1 convolution can change channels and size"};
        }
        return inputs[0];
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        for (std::int64_t i = 0; i < context.output.size(); ++i) {
            T sum = context.inputs[0][i];
            for (std::size_t k = 1; k < context.inputs.size(); ++k) sum += context.inputs[k][i];
            context.output[i] = sum;
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        for (std::size_t k = 0; k < context.inputs.size(); ++k) {
            const View<T> dx = wantedGradient(context, k);
            if (dx.data != nullptr) std::copy_n(context.outputGradient.data, dx.size(), dx.data);
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode(node.inputs.size() == 2 ? "Add" : "Sum", node.inputs, {node.output}, node.node.name);
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_add() { return std::make_unique<AddLayer>(); }

}  // namespace convolab
