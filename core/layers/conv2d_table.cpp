#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/connection_table.h"
#include "core/layers/reference_layer.h"
#include "core/layers/weight_attributes.h"
#include "core/layers/window.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

/// Layer C3 of LeNet-5: table I of LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
/// recognition", Proc. IEEE 86 (1998).
const Reals kLeNetTable{7, 14, 28, 56, 49, 35, 15, 30, 60, 57, 51, 39, 27, 54, 45, 63};

AttributeSchema tableAttribute() {
    AttributeSchema schema;
    schema.key = "table";
    schema.label = "Table";
    schema.type = AttributeType::RealList;
    schema.defaultValue = kLeNetTable;
    schema.minimum = 1;
    schema.maximum = 281474976710655.0;  // 48 bits
    schema.help = "One number per output map; it sees input map c where bit c is set: 7 sees 0, 1, 2 and 14 sees 1, 2, 3 (LeNet-5's C3)";
    schema.section = "Shape";
    return schema;
}

class Conv2dTableLayer final : public ReferenceLayer<Conv2dTableLayer> {
  public:
    Conv2dTableLayer() {
        id = "conv2d_table";
        label = "Conv by table";
        baseName = "Conv";
        title = "Partially connected convolution";
        help = "A convolution whose filters see only some of the input maps, by a table. LeNet-5 (1998) broke the symmetry "
               "between its 16 filters that way, with 60 of 96 connections.";
        formula = "y[f, i, j] = b[f] + Σ w[f, c, u, v] · x[c, s·i + u − p, s·j + v − p], c in table[f]";
        group = LayerGroup::Convolution;
        attributes = {tableAttribute(), kernelAttribute(5, {3, 5}), strideAttribute(1),
                      padsAttribute("Zeros around the input: top, left, bottom, right"),
                      biasAttribute("Adds one trained number to each output map"), initAttribute()};
        examples = {{"three filters", {{"table", Reals{1, 6, 7}}, {"kernel", Integers{2, 2}}}, {Shape{3, 4, 3}}, 2},
                    {"strided, padded, no bias",
                     {{"table", Reals{2, 5}}, {"kernel", Integers{3, 2}}, {"stride", Integers{2, 1}}, {"pads", Integers{1, 0, 1, 1}}, {"bias", false}},
                     {Shape{3, 4, 4}}, 2}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        for (const double row : values.reals("table")) {
            if (row == std::floor(row)) continue;
            return Error{ErrorCode::InvalidArgument, "the table has an entry " + formatNumber(row), "", "its entries are sums of 1, 2, 4, 8 …"};
        }
        const ConnectionTable table(values);
        CONVOLAB_ASSIGN(const Shape shape, windowOutputShape(Window::of(values), inputs[0], table.filters()));
        std::int64_t last = 0;
        for (std::int64_t f = 0; f < table.filters(); ++f) last = std::max(last, table.inputsOf(f).back());
        if (last < inputs[0].channels()) return shape;
        return Error{ErrorCode::ShapeMismatch,
                     "the table names input map " + withThousands(last) + ", but the " + withThousands(inputs[0].channels()) +
                         (inputs[0].channels() == 1 ? " map is" : " maps are") + " counted from 0 to " + withThousands(inputs[0].channels() - 1),
                     "", "give it " + withThousands(last + 1) + " maps, or change the table"};
    }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape>) const override {
        const Window window = Window::of(values);
        const ConnectionTable table(values);
        ParameterSpec weight;
        weight.name = "weight";
        weight.role = ParameterRole::Weight;
        weight.shape = Shape{table.connections(), 1, window.kernelHeight, window.kernelWidth};
        weight.fanIn = std::max<std::int64_t>(1, table.connections() / table.filters()) * window.taps();  // on average
        weight.fanOut = table.filters() * window.taps();
        std::vector<ParameterSpec> result{weight};
        if (values.flag("bias")) {
            ParameterSpec bias = weight;
            bias.name = "bias";
            bias.role = ParameterRole::Bias;
            bias.shape = Shape{table.filters()};
            result.push_back(bias);
        }
        return result;
    }

    std::int64_t macs(const Attributes& values, std::span<const Shape>, const Shape& output) const override {
        return output.height() * output.width() * ConnectionTable(values).connections() * Window::of(values).taps();
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        return windowFixes(node, values, inputs[0]);
    }

    std::string summary(const Attributes& values) const override {
        const Window window = Window::of(values);
        const ConnectionTable table(values);
        return std::to_string(table.filters()) + " @ " + pairText(window.kernelHeight, window.kernelWidth) + windowSuffix(window, 1, 1) +
               ", " + std::to_string(table.connections()) + " connections";
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<T>& y = context.output;
        const bool biased = context.attributes.flag("bias");
        const std::int64_t plane = y.shape[2] * y.shape[3];
        for (std::int64_t map = 0; map < y.shape[0] * y.shape[1]; ++map) {
            std::fill_n(y.data + map * plane, plane, biased ? context.parameters[1][map % y.shape[1]] : T{0});
        }
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        visitTaps(context, y.shape, [&](auto n, auto f, auto i, auto j, auto c, auto kernel, auto u, auto v, auto row, auto column) {
            y.at(n, f, i, j) += w.at(kernel, 0, u, v) * x.at(n, c, row, column);
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data != nullptr) std::fill_n(dx.data, dx.size(), T{0});
        const std::int64_t plane = dy.shape[2] * dy.shape[3];
        for (std::int64_t i = 0; context.attributes.flag("bias") && i < dy.size(); ++i) {
            context.parameterGradients[1][i / plane % dy.shape[1]] += dy[i];
        }
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<T>& dw = context.parameterGradients[0];
        visitTaps(context, dy.shape, [&](auto n, auto f, auto i, auto j, auto c, auto kernel, auto u, auto v, auto row, auto column) {
            const T gradient = dy.at(n, f, i, j);
            dw.at(kernel, 0, u, v) += gradient * x.at(n, c, row, column);
            if (dx.data != nullptr) dx.at(n, c, row, column) += gradient * w.at(kernel, 0, u, v);
        });
    }

    /// As a full convolution whose missing kernels are 0.
    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const ConnectionTable table(node.attributes);
        const Window window = Window::of(node.attributes);
        const std::int64_t channels = node.inputShapes[0].channels();
        const Shape shape{table.filters(), channels, window.kernelHeight, window.kernelWidth};
        std::vector<float> full(static_cast<std::size_t>(shape.size()));
        table.expand(node.parameters[0].data(), channels, window.taps(), full.data());
        std::vector<std::string> inputs{node.inputs[0], builder.addInitializer(node.node.name + ".weight", shape, full)};
        if (node.attributes.flag("bias")) {
            inputs.push_back(builder.addInitializer(node.node.name + ".bias", Shape{table.filters()}, node.parameters[1]));
        }
        builder.addNode("Conv", inputs, {node.output}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")}});
        return {};
    }

  private:
    /// Calls `visit(n, f, i, j, c, number of the kernel, u, v, row, column)` for every product.
    template <class T, class Visit>
    static void visitTaps(const ReferenceContext<T>& context, const Shape& out, Visit&& visit) {
        const Window window = Window::of(context.attributes);
        const ConnectionTable table(context.attributes);
        const Shape image = perImage(context.inputs[0].shape);
        for (std::int64_t n = 0; n < out[0]; ++n) {
            for (std::int64_t f = 0; f < out[1]; ++f) {
                for (std::int64_t i = 0; i < out[2]; ++i) {
                    for (std::int64_t j = 0; j < out[3]; ++j) {
                        std::int64_t kernel = table.firstOf(f);
                        for (const std::int64_t c : table.inputsOf(f)) {
                            window.visitTaps(image, i, j, [&](auto u, auto v, auto row, auto column) {
                                visit(n, f, i, j, c, kernel, u, v, row, column);
                            });
                            ++kernel;
                        }
                    }
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_conv2d_table() { return std::make_unique<Conv2dTableLayer>(); }

}  // namespace convolab
