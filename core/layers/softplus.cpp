#include <algorithm>
#include <cmath>

#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema realAttribute(const char* key, const char* label, double usual, double least, double most, const char* help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::Real;
    schema.defaultValue = usual;
    schema.minimum = least;
    schema.maximum = most;
    schema.help = help;
    schema.section = "Function";
    return schema;
}

class SoftplusLayer final : public ActivationLayer<SoftplusLayer> {
  public:
    SoftplusLayer() {
        id = "softplus";
        label = "Softplus";
        baseName = "Softplus";
        title = "Softplus";
        help = "A ReLU with a round corner; always positive.";
        formula = "y = ln(1 + exp(beta · x)) / beta";
        attributes = {realAttribute("beta", "Beta", 1.0, 0.01, 100.0, "The larger, the sharper the corner"),
                      realAttribute("threshold", "Threshold", 20.0, 0.0, 80.0,
                                    "Where beta · x exceeds it, the value is passed on as it is")};
        examples.push_back({"beta 2", {{"beta", 2.0}}, {Shape{3, 2, 2}}, 2});
        examples.push_back({"low threshold", {{"beta", 1.5}, {"threshold", 1.0}}, {Shape{7}}, 2});
    }

    std::string summary(const Attributes& values) const override {
        return values.real("beta") == 1.0 ? "" : "beta " + formatNumber(values.real("beta"), 3);
    }

    template <class T>
    struct Parameters {
        T beta, threshold;
    };
    template <class T>
    Parameters<T> parameterOf(const Attributes& values) const {
        return {static_cast<T>(values.real("beta")), static_cast<T>(values.real("threshold"))};
    }

    template <class T>
    static T value(T x, const Parameters<T>& p) {
        const T scaled = p.beta * x;
        if (scaled > p.threshold) return x;
        return (std::max(scaled, T{0}) + std::log1p(std::exp(-std::abs(scaled)))) / p.beta;
    }
    template <class T>
    static T slope(T x, const Parameters<T>& p) {
        const T scaled = p.beta * x;
        return scaled > p.threshold ? T{1} : T{1} / (T{1} + std::exp(-scaled));
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        constexpr double kInvisible = 17.0;  // beyond it float32 has no digit for the difference to x
        OnnxSteps steps(builder, node);
        const double beta = node.attributes.real("beta");
        const double threshold = node.attributes.real("threshold");
        if (beta == 1.0 && threshold >= kInvisible) {
            steps.finish("Softplus", {steps.input()});
            return {};
        }
        const std::string scale = steps.scalar("beta", beta);
        const std::string scaled = steps.add("Mul", {steps.input(), scale}, "scaled");
        const std::string soft = steps.add("Softplus", {scaled}, "soft");
        if (threshold >= kInvisible) {
            steps.finish("Div", {soft, scale});
            return {};
        }
        const std::string back = steps.add("Div", {soft, scale}, "back");
        const std::string above = steps.add("Greater", {scaled, steps.scalar("threshold", threshold)}, "above");
        steps.finish("Where", {above, steps.input(), back});
        return {};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_softplus() { return std::make_unique<SoftplusLayer>(); }

}  // namespace convolab
