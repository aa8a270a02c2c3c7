#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/window.h"

namespace convolab {

namespace {

AttributeSchema countIncludePadAttribute() {
    AttributeSchema schema;
    schema.key = "count_include_pad";
    schema.label = "Count the padding";
    schema.type = AttributeType::Bool;
    schema.defaultValue = true;
    schema.minimum = 0;
    schema.maximum = 1;
    schema.help = "On: divides by the size of the whole window; off: only by the pixels inside the image";
    schema.section = "Shape";
    return schema;
}

class AvgPoolLayer final : public ReferenceLayer<AvgPoolLayer> {
  public:
    AvgPoolLayer() {
        id = "avg_pool";
        label = "Average pool";
        baseName = "Average pool";
        title = "Average pooling 2-D";
        help = "Replaces each window by its mean, map by map.";
        formula = "y[c, i, j] = 1 / (k·k) · Σ x[c, s·i + u − p, s·j + v − p]";
        group = LayerGroup::Pooling;
        attributes = {kernelAttribute(2, {2, 3}), strideAttribute(2),
                      padsAttribute("Zeros around the input: top, left, bottom, right"), countIncludePadAttribute()};
        using Integers = std::vector<std::int64_t>;
        examples = {
            {"2×2", {}, {Shape{2, 4, 5}}, 2},
            {"padded, padding counted",
             {{"kernel", Integers{3, 3}}, {"stride", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}},
             {Shape{2, 5, 6}}, 2},
            {"asymmetric, padding not counted",
             {{"kernel", Integers{3, 2}}, {"stride", Integers{1, 2}}, {"pads", Integers{0, 1, 2, 0}},
              {"count_include_pad", false}},
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
        return "Average " + pairText(window.kernelHeight, window.kernelWidth) +
               windowSuffix(window, window.kernelHeight, window.kernelWidth);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& y = context.output;
        visitWindows(context, y.shape, [&](auto n, auto c, auto i, auto j, T divisor, const auto& visitTaps) {
            T sum{0};
            visitTaps([&](auto, auto, auto row, auto column) { sum += x.at(n, c, row, column); });
            y.at(n, c, i, j) = sum / divisor;
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visitWindows(context, dy.shape, [&](auto n, auto c, auto i, auto j, T divisor, const auto& visitTaps) {
            const T share = dy.at(n, c, i, j) / divisor;
            visitTaps([&](auto, auto, auto row, auto column) { dx.at(n, c, row, column) += share; });
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        builder.addNode("AveragePool", node.inputs, {node.output}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")},
                         {"count_include_pad", std::int64_t{node.attributes.flag("count_include_pad") ? 1 : 0}}});
        return {};
    }

  private:
    /// Calls `visit(n, c, i, j, divisor, visitTaps)` for every window.
    template <class T, class Visit>
    static void visitWindows(const ReferenceContext<T>& context, const Shape& output, Visit&& visit) {
        const Window window = Window::of(context.attributes);
        const Shape image = perImage(context.inputs[0].shape);
        const bool countPadding = context.attributes.flag("count_include_pad");
        for (std::int64_t n = 0; n < output[0]; ++n) {
            for (std::int64_t c = 0; c < output[1]; ++c) {
                for (std::int64_t i = 0; i < output[2]; ++i) {
                    for (std::int64_t j = 0; j < output[3]; ++j) {
                        const auto visitTaps = [&](auto&& tap) { window.visitTaps(image, i, j, tap); };
                        std::int64_t inside = 0;
                        visitTaps([&](auto, auto, auto, auto) { ++inside; });
                        visit(n, c, i, j, static_cast<T>(countPadding ? window.taps() : inside), visitTaps);
                    }
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_avg_pool() { return std::make_unique<AvgPoolLayer>(); }

}  // namespace convolab
