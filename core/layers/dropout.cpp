#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/dropout_mask.h"
#include "core/layers/reference_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema rateAttribute() {
    AttributeSchema schema;
    schema.key = "rate";
    schema.label = "Rate";
    schema.type = AttributeType::Real;
    schema.defaultValue = 0.5;
    schema.minimum = 0.0;
    schema.maximum = 0.99;
    schema.help = "Share of the values set to 0 in training";
    schema.section = "Function";
    return schema;
}

class DropoutLayer final : public ReferenceLayer<DropoutLayer> {
  public:
    DropoutLayer() {
        id = "dropout";
        label = "Dropout";
        baseName = "Dropout";
        title = "Dropout";
        help = "Training: sets a random share of the values to 0 and scales the rest up to keep the mean. "
               "Evaluation: changes nothing.";
        formula = "y = x · keep / (1 − rate)";
        group = LayerGroup::Normalisation;
        docks = true;
        inPlace = true;
        attributes = {rateAttribute()};
        examples = {{"half", {}, {Shape{3, 4, 4}}, 2}, {"a tenth of a vector", {{"rate", 0.1}}, {Shape{9}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override { return inputs[0]; }

    std::string summary(const Attributes& values) const override {
        return "rate " + formatNumber(values.real("rate"), 3);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        multiply(context, context.inputs[0], context.output);
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data != nullptr) multiply(context, context.outputGradient, dx);
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.connectThrough(node.inputs[0], node.output);
        return {};
    }

  private:
    /// Forward and backward are the same product with the mask.
    template <class T>
    static void multiply(const ReferenceContext<T>& context, const View<const T>& from, const View<T>& to) {
        if (!context.training) {
            std::copy_n(from.data, to.size(), to.data);
            return;
        }
        const double rate = context.attributes.real("rate");
        const DropoutMask mask(context.seed, context.step, context.nodeKey, rate);
        const T scale = static_cast<T>(1.0 / (1.0 - rate));
        for (std::int64_t i = 0; i < to.size(); ++i) {
            to[i] = mask.keeps(static_cast<std::uint64_t>(i)) ? from[i] * scale : T{0};
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_dropout() { return std::make_unique<DropoutLayer>(); }

}  // namespace convolab
