#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/weight_attributes.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema unitsAttribute() {
    AttributeSchema schema;
    schema.key = "units";
    schema.label = "Units";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{10};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = {10, 84, 128, 512};
    schema.help = "Number of output values; in the last dense layer one per class";
    schema.section = "Shape";
    return schema;
}

AttributeSchema inputsAttribute() {
    AttributeSchema schema;
    schema.key = "inputs";
    schema.label = "Inputs";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{0};
    schema.minimum = 0;
    schema.maximum = 100'000'000;
    schema.help = "Number of values it expects; 0 takes as many as arrive";
    schema.section = "Shape";
    return schema;
}

class DenseLayer final : public ReferenceLayer<DenseLayer> {
  public:
    DenseLayer() {
        id = "dense";
        label = "Dense";
        baseName = "Dense";
        title = "Dense (fully connected)";
        help = "Each unit is a weighted sum of all inputs.";
        formula = "y[o] = b[o] + Σ w[o, i] · x[i]";
        group = LayerGroup::Dense;
        attributes = {unitsAttribute(), biasAttribute("Adds one trained number to each unit"), inputsAttribute(),
                      initAttribute()};
        examples = {
            {"with bias", {{"units", std::int64_t{4}}}, {Shape{7}}, 3},
            {"no bias, inputs stated", {{"units", std::int64_t{3}}, {"bias", false}, {"inputs", std::int64_t{5}}},
             {Shape{5}}, 2},
        };
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        if (!inputs[0].isVector()) {
            return Error{ErrorCode::ShapeMismatch, "a vector is needed, " + describeShape(inputs[0]) + " arrives", "",
                         "insert flatten before it"};
        }
        const std::int64_t expected = values.integer("inputs");
        const std::int64_t arriving = inputs[0].size();
        if (expected != 0 && expected != arriving) {
            return Error{ErrorCode::ShapeMismatch,
                         withThousands(arriving) + " values arrive, " + withThousands(expected) + " expected", "",
                         "set the inputs to " + withThousands(arriving) + ", or to 0 for as many as arrive"};
        }
        return Shape{values.integer("units")};
    }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t units = values.integer("units");
        ParameterSpec weight;
        weight.name = "weight";
        weight.role = ParameterRole::Weight;
        weight.shape = Shape{units, inputs[0].size()};
        weight.fanIn = inputs[0].size();
        weight.fanOut = units;
        std::vector<ParameterSpec> result{weight};
        if (values.flag("bias")) {
            ParameterSpec bias = weight;
            bias.name = "bias";
            bias.role = ParameterRole::Bias;
            bias.shape = Shape{units};
            result.push_back(bias);
        }
        return result;
    }

    std::int64_t macs(const Attributes&, std::span<const Shape> inputs, const Shape& output) const override {
        return inputs[0].size() * output.size();
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t expected = values.integer("inputs");
        const std::int64_t arriving = inputs[0].size();
        if (!inputs[0].isVector() || expected == 0 || expected == arriving) return {};
        return {attributeFix(node, "Expect " + withThousands(arriving) + " values", "inputs", arriving),
                attributeFix(node, "Take as many as arrive", "inputs", std::int64_t{0})};
    }

    std::string summary(const Attributes& values) const override {
        const std::int64_t units = values.integer("units");
        return withThousands(units) + (units == 1 ? " unit" : " units");
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const std::int64_t outputs = w.shape[0];
        const std::int64_t inputs = w.shape[1];
        const bool biased = context.attributes.flag("bias");
        for (std::int64_t n = 0; n < x.shape[0]; ++n) {
            for (std::int64_t o = 0; o < outputs; ++o) {
                T sum = biased ? context.parameters[1][o] : T{0};
                for (std::int64_t i = 0; i < inputs; ++i) sum += w[o * inputs + i] * x[n * inputs + i];
                context.output[n * outputs + o] = sum;
            }
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<T>& dw = context.parameterGradients[0];
        const View<T> dx = wantedGradient(context, 0);
        const std::int64_t outputs = w.shape[0];
        const std::int64_t inputs = w.shape[1];
        const bool biased = context.attributes.flag("bias");
        if (dx.data != nullptr) std::fill_n(dx.data, dx.size(), T{0});
        for (std::int64_t n = 0; n < x.shape[0]; ++n) {
            for (std::int64_t o = 0; o < outputs; ++o) {
                const T gradient = context.outputGradient[n * outputs + o];
                if (biased) context.parameterGradients[1][o] += gradient;
                for (std::int64_t i = 0; i < inputs; ++i) {
                    dw[o * inputs + i] += gradient * x[n * inputs + i];
                    if (dx.data != nullptr) dx[n * inputs + i] += gradient * w[o * inputs + i];
                }
            }
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::vector<ParameterSpec> specs = parameters(node.attributes, node.inputShapes);
        std::vector<std::string> inputs = node.inputs;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            inputs.push_back(
                builder.addInitializer(node.node.name + "." + specs[i].name, specs[i].shape, node.parameters[i]));
        }
        builder.addNode("Gemm", inputs, {node.output}, node.node.name, {{"transB", std::int64_t{1}}});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_dense() { return std::make_unique<DenseLayer>(); }

}  // namespace convolab
