#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class ConcatLayer final : public ReferenceLayer<ConcatLayer> {
  public:
    ConcatLayer() {
        id = "concat";
        label = "Concatenate";
        baseName = "Concat";
        title = "Concatenate";
        help = "Stacks the maps of all inputs; height and width must agree. Vectors are joined end to end.";
        formula = "channels = C₁ + C₂ + …";
        group = LayerGroup::Merge;
        minInputs = 2;
        maxInputs = -1;
        examples = {{"three images", {}, {Shape{2, 3, 4}, Shape{1, 3, 4}, Shape{3, 3, 4}}, 2},
                    {"two vectors", {}, {Shape{4}, Shape{2}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        Shape joined = inputs[0];
        for (std::size_t i = 1; i < inputs.size(); ++i) {
            if (!stackable(inputs[0], inputs[i])) {
                return Error{ErrorCode::ShapeMismatch,
                             "input " + std::to_string(i + 1) + " is " + describeShape(inputs[i]) + ", input 1 is " +
                                 describeShape(inputs[0]),
                             "", "inputs must agree in height and width; only the channels may differ"};
            }
            joined[0] += inputs[i][0];
        }
        return joined;
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visitPieces(context, context.output.shape, [&](std::size_t k, std::int64_t from, std::int64_t to,
                                                       std::int64_t count) {
            std::copy_n(context.inputs[k].data + from, count, context.output.data + to);
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        visitPieces(context, context.outputGradient.shape, [&](std::size_t k, std::int64_t from, std::int64_t to,
                                                               std::int64_t count) {
            const View<T> dx = wantedGradient(context, k);
            if (dx.data != nullptr) std::copy_n(context.outputGradient.data + to, count, dx.data + from);
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("Concat", node.inputs, {node.output}, node.node.name, {{"axis", std::int64_t{1}}});
        return {};
    }

  private:
    static bool stackable(const Shape& a, const Shape& b) {
        return a.rank() == b.rank() && a.height() == b.height() && a.width() == b.width();
    }

    /// Calls `visit(input, index in that input, index in the output, count)` for every image and input.
    template <class T, class Visit>
    static void visitPieces(const ReferenceContext<T>& context, const Shape& output, Visit&& visit) {
        std::int64_t to = 0;
        for (std::int64_t n = 0; n < output[0]; ++n) {
            for (std::size_t k = 0; k < context.inputs.size(); ++k) {
                const std::int64_t count = context.inputs[k].size() / output[0];
                visit(k, n * count, to, count);
                to += count;
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_concat() { return std::make_unique<ConcatLayer>(); }

}  // namespace convolab
