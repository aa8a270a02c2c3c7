#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class GlobalAvgPoolLayer final : public ReferenceLayer<GlobalAvgPoolLayer> {
  public:
    GlobalAvgPoolLayer() {
        id = "global_avg_pool";
        label = "Global avg";
        baseName = "Global average";
        title = "Global average pooling";
        help = "The mean of each whole map: an image becomes a vector with one value per channel.";
        formula = "y[c] = 1 / (H·W) · Σ x[c, i, j]";
        group = LayerGroup::Pooling;
        examples = {{"small maps", {}, {Shape{3, 4, 5}}, 2}, {"1×1 maps", {}, {Shape{4, 1, 1}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (inputs[0].isImage()) return Shape{inputs[0].channels()};
        return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(inputs[0]) + " arrives", "",
                     "put it in place of flatten, before dense layers"};
    }

    std::string summary(const Attributes&) const override { return "mean of each map"; }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const std::int64_t mapSize = x.shape[2] * x.shape[3];
        for (std::int64_t map = 0; map < context.output.size(); ++map) {
            T sum{0};
            for (std::int64_t i = 0; i < mapSize; ++i) sum += x[map * mapSize + i];
            context.output[map] = sum / static_cast<T>(mapSize);
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const std::int64_t mapSize = dx.shape[2] * dx.shape[3];
        for (std::int64_t map = 0; map < context.outputGradient.size(); ++map) {
            const T share = context.outputGradient[map] / static_cast<T>(mapSize);
            std::fill_n(dx.data + map * mapSize, mapSize, share);
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::string pooled = builder.uniqueName(node.node.name + ".pooled");
        builder.addNode("GlobalAveragePool", node.inputs, {pooled}, node.node.name);
        builder.addNode("Flatten", {pooled}, {node.output}, node.node.name + ".flatten", {{"axis", std::int64_t{1}}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_global_avg_pool() { return std::make_unique<GlobalAvgPoolLayer>(); }

}  // namespace convolab
