#include <cmath>
#include <numbers>

#include "core/layers/activation_layer.h"
#include "core/layers/onnx_steps.h"

namespace convolab {

namespace {

constexpr double kCubic = 0.044715;

AttributeSchema approximateAttribute() {
    AttributeSchema schema;
    schema.key = "approximate";
    schema.label = "Formula";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("none");
    schema.choices = {"none", "tanh"};
    schema.help = "none: exact, by the error function; tanh: the approximation that some trained networks use";
    schema.section = "Function";
    return schema;
}

enum class Formula { Exact, Tanh };

/// Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
class GeluLayer final : public ActivationLayer<GeluLayer> {
  public:
    GeluLayer() {
        id = "gelu";
        label = "GELU";
        baseName = "GELU";
        title = "Gaussian error linear unit";
        help = "Weights every value by the share of a standard normal distribution that lies below it: a smooth ReLU.";
        formula = "y = x · Φ(x) = x / 2 · (1 + erf(x / √2))";
        attributes = {approximateAttribute()};
        examples.push_back({"tanh", {{"approximate", std::string("tanh")}}, {Shape{3, 2, 2}}, 2});
    }

    std::string summary(const Attributes& values) const override {
        return values.text("approximate") == "tanh" ? "by tanh" : "";
    }

    template <class T>
    Formula parameterOf(const Attributes& values) const {
        return values.text("approximate") == "tanh" ? Formula::Tanh : Formula::Exact;
    }

    template <class T>
    static T value(T x, Formula formula) {
        if (formula == Formula::Tanh) return x / T{2} * (T{1} + std::tanh(inner(x)));
        return x / T{2} * (T{1} + std::erf(x / std::numbers::sqrt2_v<T>));
    }

    template <class T>
    static T slope(T x, Formula formula) {
        if (formula == Formula::Tanh) {
            const T t = std::tanh(inner(x));
            const T outer = T{1} + T{3} * static_cast<T>(kCubic) * x * x;
            return (T{1} + t) / T{2} + x / T{2} * (T{1} - t * t) * rootOfTwoOverPi<T>() * outer;
        }
        const T density = std::exp(-x * x / T{2}) * std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
        return (T{1} + std::erf(x / std::numbers::sqrt2_v<T>)) / T{2} + x * density;
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const std::string& x = steps.input();
        const bool tanh = node.attributes.text("approximate") == "tanh";
        const std::string squashed = tanh ? tanhOf(steps, x) : erfOf(steps, x);
        const std::string shifted = steps.add("Add", {squashed, steps.scalar("one", 1.0)}, "shifted");
        const std::string halved = steps.add("Mul", {x, steps.scalar("half", 0.5)}, "halved");
        steps.finish("Mul", {halved, shifted});
        return {};
    }

  private:
    template <class T>
    static constexpr T rootOfTwoOverPi() { return std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>; }
    template <class T>
    static T inner(T x) { return rootOfTwoOverPi<T>() * (x + static_cast<T>(kCubic) * x * x * x); }

    static std::string erfOf(OnnxSteps& steps, const std::string& x) {
        const std::string scaled = steps.add("Div", {x, steps.scalar("root", std::numbers::sqrt2)}, "scaled");
        return steps.add("Erf", {scaled}, "erf");
    }
    static std::string tanhOf(OnnxSteps& steps, const std::string& x) {
        const std::string square = steps.add("Mul", {x, x}, "square");
        const std::string cube = steps.add("Mul", {square, x}, "cube");
        const std::string part = steps.add("Mul", {cube, steps.scalar("cubic", kCubic)}, "part");
        const std::string sum = steps.add("Add", {x, part}, "sum");
        const std::string scaled = steps.add("Mul", {sum, steps.scalar("root", rootOfTwoOverPi<double>())}, "scaled");
        return steps.add("Tanh", {scaled}, "tanh");
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_gelu() { return std::make_unique<GeluLayer>(); }

}  // namespace convolab
