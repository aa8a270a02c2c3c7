#include <algorithm>
#include <cmath>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/window.h"

namespace convolab {

namespace {

class MaxPoolLayer final : public ReferenceLayer<MaxPoolLayer> {
  public:
    MaxPoolLayer() {
        id = "max_pool";
        label = "Max pool";
        baseName = "Max pool";
        title = "Max pooling 2-D";
        help = "Keeps the largest value of each window, map by map. The gradient goes to that value only, to the "
               "first one where several are equal.";
        formula = "y[c, i, j] = max x[c, s·i + u − p, s·j + v − p]";
        group = LayerGroup::Pooling;
        attributes = {kernelAttribute(2, {2, 3}), strideAttribute(2),
                      padsAttribute("Border that counts as −∞: top, left, bottom, right")};
        using Integers = std::vector<std::int64_t>;
        examples = {
            {"2×2", {}, {Shape{2, 4, 5}}, 2},
            {"overlapping, padded",
             {{"kernel", Integers{3, 3}}, {"stride", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}},
             {Shape{2, 5, 6}}, 2},
            {"asymmetric", {{"kernel", Integers{3, 2}}, {"stride", Integers{1, 2}}, {"pads", Integers{0, 1, 2, 0}}},
             {Shape{1, 4, 5}}, 3},
        };
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        return poolingOutputShape(Window::of(values), inputs[0]);
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        return poolingFixes(node, values, inputs[0]);
    }

    std::string summary(const Attributes& values) const override {
        const Window window = Window::of(values);
        return "Max " + pairText(window.kernelHeight, window.kernelWidth) +
               windowSuffix(window, window.kernelHeight, window.kernelWidth);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& y = context.output;
        visitMaxima(context, y.shape, [&](std::int64_t output, std::int64_t input) { y[output] = x[input]; });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visitMaxima(context, context.outputGradient.shape,
                    [&](std::int64_t output, std::int64_t input) { dx[input] += context.outputGradient[output]; });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("MaxPool", node.inputs, {node.output}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")}});
        return {};
    }

  private:
    /// Calls `visit(index in the output, index of the maximum in the input)` for every window.
    template <class T, class Visit>
    static void visitMaxima(const ReferenceContext<T>& context, const Shape& output, Visit&& visit) {
        const Window window = Window::of(context.attributes);
        const View<const T>& x = context.inputs[0];
        const Shape image = perImage(x.shape);
        const std::int64_t mapSize = image.height() * image.width();
        std::int64_t target = 0;
        for (std::int64_t map = 0; map < output[0] * output[1]; ++map) {
            for (std::int64_t i = 0; i < output[2]; ++i) {
                for (std::int64_t j = 0; j < output[3]; ++j) {
                    std::int64_t best = -1;
                    window.visitTaps(image, i, j, [&](auto, auto, auto row, auto column) {
                        const std::int64_t index = map * mapSize + row * image.width() + column;
                        if (best < 0 || x[index] > x[best] || std::isnan(x[index])) best = index;
                    });
                    visit(target++, best);
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_max_pool() { return std::make_unique<MaxPoolLayer>(); }

}  // namespace convolab
