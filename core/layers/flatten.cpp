#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class FlattenLayer final : public ReferenceLayer<FlattenLayer> {
  public:
    FlattenLayer() {
        id = "flatten";
        label = "Flatten";
        baseName = "Flatten";
        title = "Flatten";
        help = "Writes all maps one after the other into one vector: channel by channel, row by row.";
        formula = "y[(c·H + i)·W + j] = x[c, i, j]";
        group = LayerGroup::Shape;
        docks = true;
        inPlace = true;
        examples = {{"image", {}, {Shape{2, 3, 4}}, 2}, {"vector", {}, {Shape{5}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        return Shape{inputs[0].size()};
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        std::copy_n(context.inputs[0].data, context.output.size(), context.output.data);
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data != nullptr) std::copy_n(context.outputGradient.data, dx.size(), dx.data);
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("Flatten", node.inputs, {node.output}, node.node.name, {{"axis", std::int64_t{1}}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_flatten() { return std::make_unique<FlattenLayer>(); }

}  // namespace convolab
