#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/window.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

class SubsamplingLayer final : public ReferenceLayer<SubsamplingLayer> {
  public:
    SubsamplingLayer() {
        id = "subsampling";
        label = "Sub-sampling";
        baseName = "Sub-sampling";
        title = "Trainable sub-sampling";
        help = "Average pooling with one trained coefficient and one trained bias per map, as in LeNet-5 (1998): 2 parameters "
               "a map. A small coefficient keeps the tanh behind it nearly linear, a large one makes it a switch.";
        formula = "y[c, i, j] = a[c] · mean of the window + b[c]";
        group = LayerGroup::Pooling;
        attributes = {kernelAttribute(2, {2, 3}), strideAttribute(2), padsAttribute("Zeros around the input, which are averaged, too")};
        examples = {{"2x2", {}, {Shape{2, 4, 5}}, 2},
                    {"overlapping, padded", {{"kernel", Integers{3, 2}}, {"stride", Integers{1, 2}}, {"pads", Integers{1, 0, 1, 1}}}, {Shape{3, 3, 4}}, 2}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        return poolingOutputShape(Window::of(values), inputs[0]);
    }

    std::vector<ParameterSpec> parameters(const Attributes&, std::span<const Shape> inputs) const override {
        ParameterSpec coefficient;
        coefficient.name = "weight";
        coefficient.role = ParameterRole::Scale;
        coefficient.shape = Shape{inputs[0].channels()};
        ParameterSpec bias = coefficient;
        bias.name = "bias";
        bias.role = ParameterRole::Shift;
        return {coefficient, bias};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        return poolingFixes(node, values, inputs[0]);
    }

    std::string summary(const Attributes& values) const override {
        const Window window = Window::of(values);
        return "Trained average " + pairText(window.kernelHeight, window.kernelWidth) +
               windowSuffix(window, window.kernelHeight, window.kernelWidth);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<T>& y = context.output;
        visitWindows(context, y.shape, [&](auto n, auto c, auto i, auto j, T mean) {
            y.at(n, c, i, j) = context.parameters[0][c] * mean + context.parameters[1][c];
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        const Window window = Window::of(context.attributes);
        const Shape image = perImage(context.inputs[0].shape);
        if (dx.data != nullptr) std::fill_n(dx.data, dx.size(), T{0});
        visitWindows(context, dy.shape, [&](auto n, auto c, auto i, auto j, T mean) {
            const T gradient = dy.at(n, c, i, j);
            context.parameterGradients[0][c] += gradient * mean;
            context.parameterGradients[1][c] += gradient;
            if (dx.data == nullptr) return;
            const T share = gradient * context.parameters[0][c] / static_cast<T>(window.taps());
            window.visitTaps(image, i, j, [&](auto, auto, auto row, auto column) { dx.at(n, c, row, column) += share; });
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const Shape perMap{node.inputShapes[0].channels(), 1, 1};
        const std::string mean = builder.uniqueName(node.output + ".mean"), scaled = builder.uniqueName(node.output + ".scaled");
        builder.addNode("AveragePool", node.inputs, {mean}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")},
                         {"count_include_pad", std::int64_t{1}}});
        builder.addNode("Mul", {mean, builder.addInitializer(node.node.name + ".weight", perMap, node.parameters[0])}, {scaled},
                        node.node.name + ".scale");
        builder.addNode("Add", {scaled, builder.addInitializer(node.node.name + ".bias", perMap, node.parameters[1])}, {node.output},
                        node.node.name + ".shift");
        return {};
    }

  private:
    template <class T, class Visit>
    static void visitWindows(const ReferenceContext<T>& context, const Shape& output, Visit&& visit) {
        const Window window = Window::of(context.attributes);
        const View<const T>& x = context.inputs[0];
        const Shape image = perImage(x.shape);
        for (std::int64_t n = 0; n < output[0]; ++n) {
            for (std::int64_t c = 0; c < output[1]; ++c) {
                for (std::int64_t i = 0; i < output[2]; ++i) {
                    for (std::int64_t j = 0; j < output[3]; ++j) {
                        T sum{0};
                        window.visitTaps(image, i, j, [&](auto, auto, auto row, auto column) { sum += x.at(n, c, row, column); });
                        visit(n, c, i, j, sum / static_cast<T>(window.taps()));
                    }
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_subsampling() { return std::make_unique<SubsamplingLayer>(); }

}  // namespace convolab
