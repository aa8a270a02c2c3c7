#include <cmath>

#include "core/layers/activation_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema alphaAttribute() {
    AttributeSchema schema;
    schema.key = "alpha";
    schema.label = "Alpha";
    schema.type = AttributeType::Real;
    schema.defaultValue = 1.0;
    schema.minimum = 0.0;
    schema.maximum = 10.0;
    schema.help = "Far below 0 the function approaches −alpha";
    schema.section = "Function";
    return schema;
}

class EluLayer final : public ActivationLayer<EluLayer> {
  public:
    EluLayer() {
        id = "elu";
        label = "ELU";
        baseName = "ELU";
        title = "Exponential linear unit";
        help = "Passes positive values on and bends negative ones smoothly towards −alpha, which keeps the mean of the "
               "units near 0.";
        formula = "y = x for x > 0, else alpha · (exp(x) − 1)";
        attributes = {alphaAttribute()};
        examples.push_back({"alpha 0.5", {{"alpha", 0.5}}, {Shape{3, 2, 2}}, 2});
        m_onnxType = "Elu";
        m_parameterKey = "alpha";
        m_onnxParameter = "alpha";
    }

    std::string summary(const Attributes& values) const override {
        return "alpha " + formatNumber(values.real("alpha"), 3);
    }

    template <class T>
    static T value(T x, T alpha) { return x > T{0} ? x : alpha * std::expm1(x); }
    template <class T>
    static T slope(T x, T alpha) { return x > T{0} ? T{1} : alpha * std::exp(x); }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_elu() { return std::make_unique<EluLayer>(); }

}  // namespace convolab
