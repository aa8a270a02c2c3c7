#include "core/layers/norm_attributes.h"
#include "core/layers/reference_layer.h"
#include "core/layers/set_norm.h"

namespace convolab {

namespace {

enum Parameter : std::size_t { kScale, kShift };

class LayerNormLayer final : public ReferenceLayer<LayerNormLayer> {
  public:
    LayerNormLayer() {
        id = "layer_norm";
        label = "Layer norm";
        baseName = "Layer norm";
        title = "Layer normalisation";
        help = "Brings all values of an image together to mean 0 and variance 1, then each to a trained scale and shift. "
               "The same in training and evaluation, whatever the batch.";
        formula = "y = γ · (x − μ) / √(σ² + ε) + β, μ and σ² over C, H, W";
        group = LayerGroup::Normalisation;
        docks = true;
        attributes = {varianceEpsilonAttribute()};
        examples = {{"image", {}, {Shape{2, 3, 4}}, 2},
                    {"vector", {}, {Shape{7}}, 3},
                    {"large epsilon", {{"epsilon", 0.1}}, {Shape{3, 2, 2}}, 2}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (inputs[0].size() > 1) return inputs[0];
        return Error{ErrorCode::ShapeMismatch, "a single value arrives, and normalising it always gives 0", "",
                     "put it where several values are left"};
    }

    std::vector<ParameterSpec> parameters(const Attributes&, std::span<const Shape> inputs) const override {
        return {{"weight", ParameterRole::Scale, inputs[0], 1, 1, true}, {"bias", ParameterRole::Shift, inputs[0], 1, 1, true}};
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const SetNorm<T> norm(context.inputs[0], 1, context.attributes.real("epsilon"));
        for (std::int64_t set = 0; set < norm.count(); ++set) {
            const auto s = norm.of(set);
            for (std::int64_t i = norm.begin(set); i < norm.end(set); ++i) {
                const std::int64_t element = i - norm.begin(set);
                const T normalised = (context.inputs[0][i] - s.mean) * s.inverse;
                context.output[i] = normalised * context.parameters[kScale][element] + context.parameters[kShift][element];
            }
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& dy = context.outputGradient;
        const SetNorm<T> norm(context.inputs[0], 1, context.attributes.real("epsilon"));
        for (std::int64_t set = 0; set < norm.count(); ++set) {
            const auto s = norm.of(set);
            for (std::int64_t i = norm.begin(set); i < norm.end(set); ++i) {
                const std::int64_t element = i - norm.begin(set);
                context.parameterGradients[kScale][element] += dy[i] * (context.inputs[0][i] - s.mean) * s.inverse;
                context.parameterGradients[kShift][element] += dy[i];
            }
        }
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const std::int64_t each = norm.end(0);
        norm.backward(dx, [&](std::int64_t i) { return dy[i] * context.parameters[kScale][i % each]; });
    }

    // LayerNormalization came with opset 17.
    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const Shape& shape = node.inputShapes[0];
        const std::string flat = steps.add("Reshape", {steps.input(), steps.integers("flat_shape", {0, -1})}, "flat");
        const std::string normalised = normalisedLastAxis(steps, flat, node.attributes.real("epsilon"));
        std::vector<std::int64_t> back{0};
        for (const std::int64_t extent : shape.extents()) back.push_back(extent);
        const std::string image = steps.add("Reshape", {normalised, steps.integers("shape", back)}, "shaped");
        const std::string scaled = steps.add("Mul", {image, steps.constant("weight", shape, node.parameters[kScale])}, "scaled");
        steps.finish("Add", {scaled, steps.constant("bias", shape, node.parameters[kShift])});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_layer_norm() { return std::make_unique<LayerNormLayer>(); }

}  // namespace convolab
