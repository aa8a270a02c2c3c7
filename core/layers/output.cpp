#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class OutputLayer final : public ReferenceLayer<OutputLayer> {
  public:
    OutputLayer() {
        id = "output";
        label = "Output";
        baseName = "Output";
        title = "Output";
        help = "The end of the network: what arrives here is its answer, one value per class.";
        group = LayerGroup::Output;
        docks = true;
        inPlace = true;
        examples = {{"ten classes", {}, {Shape{10}}, 2}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (inputs[0].isVector()) return inputs[0];
        return Error{ErrorCode::ShapeMismatch,
                     "a vector with one value per class is needed, " + describeShape(inputs[0]) + " arrives", "",
                     "insert flatten and a dense layer, or global average pooling, before it"};
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
        builder.connectThrough(node.inputs[0], node.output);
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_output() { return std::make_unique<OutputLayer>(); }

}  // namespace convolab
