#include "core/layers/activation_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema slopeAttribute() {
    AttributeSchema schema;
    schema.key = "slope";
    schema.label = "Slope";
    schema.type = AttributeType::Real;
    schema.defaultValue = 0.01;
    schema.minimum = 0.0;
    schema.maximum = 1.0;
    schema.help = "Factor for negative values; 0 is ReLU, 1 changes nothing";
    schema.section = "Function";
    return schema;
}

class LeakyReluLayer final : public ActivationLayer<LeakyReluLayer> {
  public:
    LeakyReluLayer() {
        id = "leaky_relu";
        label = "Leaky ReLU";
        baseName = "Leaky ReLU";
        title = "Leaky rectified linear unit";
        help = "Passes positive values on and shrinks negative ones, so that no unit is ever quite dead.";
        formula = "y = x for x > 0, else slope · x";
        attributes = {slopeAttribute()};
        examples.push_back({"slope 0.2", {{"slope", 0.2}}, {Shape{3, 2, 2}}, 2});
        m_onnxType = "LeakyRelu";
        m_parameterKey = "slope";
        m_onnxParameter = "alpha";
    }

    std::string summary(const Attributes& values) const override {
        return "slope " + formatNumber(values.real("slope"), 3);
    }

    template <class T>
    static T value(T x, T factor) { return x > T{0} ? x : factor * x; }
    template <class T>
    static T slope(T x, T factor) { return x > T{0} ? T{1} : factor; }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_leaky_relu() { return std::make_unique<LeakyReluLayer>(); }

}  // namespace convolab
