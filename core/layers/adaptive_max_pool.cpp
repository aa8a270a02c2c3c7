#include <algorithm>
#include <cmath>

#include "core/layers/adaptive_window.h"
#include "core/layers/onnx_steps.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class AdaptiveMaxPoolLayer final : public ReferenceLayer<AdaptiveMaxPoolLayer> {
  public:
    AdaptiveMaxPoolLayer() {
        id = "adaptive_max_pool";
        label = "Adaptive max";
        baseName = "Adaptive max";
        title = "Adaptive max pooling";
        help = "The largest value of as many windows as the output has pixels, spread evenly over the map: one size "
               "comes out for images of any size.";
        formula = "y[c, i, j] = max of x[c] over ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ − 1, columns alike";
        group = LayerGroup::Pooling;
        attributes = {adaptiveSizeAttribute()};
        using Integers = std::vector<std::int64_t>;
        examples = {{"regular", {{"size", Integers{2, 3}}}, {Shape{2, 4, 6}}, 2},
                    {"overlapping", {{"size", Integers{3, 4}}}, {Shape{2, 5, 7}}, 2},
                    {"larger than the input", {{"size", Integers{3, 5}}}, {Shape{1, 2, 3}}, 2},
                    {"one pixel", {}, {Shape{3, 4, 3}}, 2}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        return adaptiveOutputShape(values, inputs[0]);
    }

    std::string summary(const Attributes& values) const override {
        const auto& size = values.integers("size");
        return "Max to " + pairText(size[0], size[1]);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visitMaxima(context.inputs[0], context.output.shape,
                    [&](std::int64_t output, std::int64_t input) { context.output[output] = context.inputs[0][input]; });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visitMaxima(context.inputs[0], context.outputGradient.shape,
                    [&](std::int64_t output, std::int64_t input) { dx[input] += context.outputGradient[output]; });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const Shape& from = node.inputShapes[0];
        const Shape& to = node.outputShape;
        using Integers = std::vector<std::int64_t>;
        if (to.height() == 1 && to.width() == 1) {
            steps.finish("GlobalMaxPool", {steps.input()});
        } else if (const auto window = regularWindow(from, to)) {
            steps.finish("MaxPool", {steps.input()},
                         {{"kernel_shape", Integers{window->kernelHeight, window->kernelWidth}},
                          {"strides", Integers{window->strideHeight, window->strideWidth}}});
        } else {
            // Windows of different sizes: rows first, then columns, slice by slice.
            const AdaptiveAxis rows{from.height(), to.height()}, columns{from.width(), to.width()};
            const std::string pooled = steps.add("Concat", slices(steps, steps.input(), rows, 2), "pooled_rows", {{"axis", std::int64_t{2}}});
            steps.finish("Concat", slices(steps, pooled, columns, 3), {{"axis", std::int64_t{3}}});
        }
        return {};
    }

  private:
    static std::vector<std::string> slices(OnnxSteps& steps, const std::string& source, const AdaptiveAxis& axis, std::int64_t dimension) {
        std::vector<std::string> parts;
        const std::string side = dimension == 2 ? "row" : "column";
        const std::string axes = steps.integers(side + "_axis", {dimension});
        for (std::int64_t i = 0; i < axis.output; ++i) {
            const std::string name = side + std::to_string(i);
            const std::string part = steps.add("Slice", {source, steps.integers(name + ".begin", {axis.begin(i)}),
                                                         steps.integers(name + ".end", {axis.end(i)}), axes}, name);
            parts.push_back(steps.add("ReduceMax", {part}, name + ".max", {{"axes", std::vector<std::int64_t>{dimension}}, {"keepdims", std::int64_t{1}}}));
        }
        return parts;
    }

    /// Calls `visit(index in the output, index of the maximum in the input)` for every window.
    template <class T, class Visit>
    static void visitMaxima(const View<const T>& x, const Shape& to, Visit&& visit) {
        const Shape& from = x.shape;
        const AdaptiveAxis rows{from[2], to[2]}, columns{from[3], to[3]};
        std::int64_t output = 0;
        for (std::int64_t map = 0; map < to[0] * to[1]; ++map) {
            for (std::int64_t i = 0; i < to[2]; ++i) {
                for (std::int64_t j = 0; j < to[3]; ++j) {
                    std::int64_t best = -1;
                    for (std::int64_t y = rows.begin(i); y < rows.end(i); ++y) {
                        for (std::int64_t c = columns.begin(j); c < columns.end(j); ++c) {
                            const std::int64_t index = (map * from[2] + y) * from[3] + c;
                            if (best < 0 || x[index] > x[best] || std::isnan(x[index])) best = index;
                        }
                    }
                    visit(output++, best);
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_adaptive_max_pool() { return std::make_unique<AdaptiveMaxPoolLayer>(); }

}  // namespace convolab
