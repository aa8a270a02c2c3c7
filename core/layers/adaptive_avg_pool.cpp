#include <algorithm>

#include "core/layers/adaptive_window.h"
#include "core/layers/onnx_steps.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

class AdaptiveAvgPoolLayer final : public ReferenceLayer<AdaptiveAvgPoolLayer> {
  public:
    AdaptiveAvgPoolLayer() {
        id = "adaptive_avg_pool";
        label = "Adaptive avg";
        baseName = "Adaptive average";
        title = "Adaptive average pooling";
        help = "The mean of as many windows as the output has pixels, spread evenly over the map: one size comes out "
               "for images of any size.";
        formula = "y[c, i, j] = mean of x[c] over ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ − 1, columns alike";
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
        return "Average to " + pairText(size[0], size[1]);
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visitWindows(context.inputs[0].shape, context.output.shape, [&](std::int64_t output, std::int64_t count, const auto& visitTaps) {
            T sum{0};
            visitTaps([&](std::int64_t input) { sum += context.inputs[0][input]; });
            context.output[output] = sum / static_cast<T>(count);
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visitWindows(dx.shape, context.outputGradient.shape, [&](std::int64_t output, std::int64_t count, const auto& visitTaps) {
            const T share = context.outputGradient[output] / static_cast<T>(count);
            visitTaps([&](std::int64_t input) { dx[input] += share; });
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const Shape& from = node.inputShapes[0];
        const Shape& to = node.outputShape;
        using Integers = std::vector<std::int64_t>;
        if (to.height() == 1 && to.width() == 1) {
            steps.finish("GlobalAveragePool", {steps.input()});
        } else if (const auto window = regularWindow(from, to)) {
            steps.finish("AveragePool", {steps.input()},
                         {{"kernel_shape", Integers{window->kernelHeight, window->kernelWidth}},
                          {"strides", Integers{window->strideHeight, window->strideWidth}}});
        } else {
            // Windows of different sizes: the means of rows, then of columns, as products with constant matrices.
            const AdaptiveAxis rows{from.height(), to.height()}, columns{from.width(), to.width()};
            const std::string left = steps.constant("rows", Shape{rows.output, rows.input}, meansOf(rows, false));
            const std::string right = steps.constant("columns", Shape{columns.input, columns.output}, meansOf(columns, true));
            steps.finish("MatMul", {steps.add("MatMul", {left, steps.input()}, "pooled_rows"), right});
        }
        return {};
    }

  private:
    /// Calls `visit(index in the output, values in the window, visitTaps)` for every window.
    template <class Visit>
    static void visitWindows(const Shape& from, const Shape& to, Visit&& visit) {
        const AdaptiveAxis rows{from[2], to[2]}, columns{from[3], to[3]};
        std::int64_t output = 0;
        for (std::int64_t map = 0; map < to[0] * to[1]; ++map) {
            for (std::int64_t i = 0; i < to[2]; ++i) {
                for (std::int64_t j = 0; j < to[3]; ++j) {
                    const std::int64_t count = (rows.end(i) - rows.begin(i)) * (columns.end(j) - columns.begin(j));
                    visit(output++, count, [&](auto&& visitTap) {
                        for (std::int64_t y = rows.begin(i); y < rows.end(i); ++y) {
                            for (std::int64_t x = columns.begin(j); x < columns.end(j); ++x) visitTap((map * from[2] + y) * from[3] + x);
                        }
                    });
                }
            }
        }
    }

    /// 1 / window size where the output sees the input: (output, input), or its transpose.
    static std::vector<float> meansOf(const AdaptiveAxis& axis, bool transposed) {
        std::vector<float> matrix(static_cast<std::size_t>(axis.input * axis.output), 0.0F);
        for (std::int64_t o = 0; o < axis.output; ++o) {
            for (std::int64_t i = axis.begin(o); i < axis.end(o); ++i) {
                const std::int64_t at = transposed ? i * axis.output + o : o * axis.input + i;
                matrix[static_cast<std::size_t>(at)] = 1.0F / static_cast<float>(axis.end(o) - axis.begin(o));
            }
        }
        return matrix;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_adaptive_avg_pool() { return std::make_unique<AdaptiveAvgPoolLayer>(); }

}  // namespace convolab
