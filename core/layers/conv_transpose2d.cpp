#include <algorithm>
#include <numeric>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/weight_attributes.h"
#include "core/layers/window.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema integerAttribute(const char* key, const char* label, std::int64_t value, std::vector<std::int64_t> common,
                                 const char* help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::Integer;
    schema.defaultValue = value;
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = std::move(common);
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

AttributeSchema pairAttribute(const char* key, const char* label, std::int64_t value, std::int64_t least, std::vector<std::int64_t> common,
                              const char* help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = Integers{value, value};
    schema.minimum = static_cast<double>(least);
    schema.maximum = 64;
    schema.common = std::move(common);
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

class ConvTranspose2dLayer final : public ReferenceLayer<ConvTranspose2dLayer> {
  public:
    ConvTranspose2dLayer() {
        id = "conv_transpose2d";
        label = "Transposed";
        baseName = "Transposed conv";
        title = "Transposed convolution 2-D";
        help = "A convolution run backwards: every input value stamps its filter, times the value, onto the output, so that "
               "maps grow by the stride. It learns to enlarge (decoders, generators, segmentation).";
        formula = "y[f, s·i + d·u − p, s·j + d·v − p] += x[c, i, j] · w[c, f, u, v]";
        group = LayerGroup::Convolution;
        attributes = {integerAttribute("filters", "Filters", 16, {8, 16, 32, 64, 128}, "Number of output maps"),
                      kernelAttribute(2, {2, 3, 4, 5}),
                      strideAttribute(2),
                      padsAttribute("Rows and columns cut off the output: top, left, bottom, right"),
                      pairAttribute("output_padding", "Output padding", 0, 0, {0, 1},
                                    "Rows and columns added at the bottom and right, to choose between sizes that the same convolution would shrink alike"),
                      pairAttribute("dilation", "Dilation", 1, 1, {1, 2, 4}, "Distance between neighbouring taps of the kernel"),
                      integerAttribute("groups", "Groups", 1, {1, 2}, "Splits maps and filters into groups that do not see each other"),
                      biasAttribute("Adds one trained number to each output map"),
                      initAttribute()};
        const auto one = std::int64_t{1}, two = std::int64_t{2}, three = std::int64_t{3};
        examples = {{"twice as large", {{"filters", three}}, {Shape{2, 3, 2}}, 2},
                    {"overlapping, pads, output padding",
                     {{"filters", two}, {"kernel", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}}, {"output_padding", Integers{1, 1}}},
                     {Shape{3, 3, 4}}, 2},
                    {"uneven, no bias",
                     {{"filters", one}, {"kernel", Integers{2, 4}}, {"stride", Integers{1, 3}}, {"pads", Integers{0, 1, 1, 2}}, {"bias", false}},
                     {Shape{2, 3, 3}}, 2},
                    {"dilated, two groups",
                     {{"filters", std::int64_t{4}}, {"kernel", Integers{2, 2}}, {"dilation", Integers{2, 3}}, {"groups", two}},
                     {Shape{4, 2, 2}}, 2}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const Shape& in = inputs[0];
        if (!in.isImage()) {
            return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(in) + " arrives", "",
                         "put it before flatten and dense layers, or a reshape before it"};
        }
        CONVOLAB_RETURN_IF_ERROR(checkGroups(values, in));
        const Window window = Window::of(values);
        const Integers& extra = values.integers("output_padding");
        if (extra[0] >= std::max(window.strideHeight, window.dilationHeight) || extra[1] >= std::max(window.strideWidth, window.dilationWidth)) {
            return Error{ErrorCode::InvalidArgument,
                         "an output padding of " + attributeText(extra) + " is not smaller than the stride or the dilation", "",
                         "use a smaller output padding"};
        }
        const std::int64_t height = grown(in.height(), window.strideHeight, window.coveredHeight(), window.padTop + window.padBottom, extra[0]);
        const std::int64_t width = grown(in.width(), window.strideWidth, window.coveredWidth(), window.padLeft + window.padRight, extra[1]);
        if (height >= 1 && width >= 1) return Shape{values.integer("filters"), height, width};
        return Error{ErrorCode::ShapeMismatch, "the padding cuts off all of the output", "", "use less padding or a larger kernel"};
    }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape> inputs) const override {
        const Window window = Window::of(values);
        const std::int64_t filters = values.integer("filters"), groups = values.integer("groups");
        ParameterSpec weight;
        weight.name = "weight";
        weight.role = ParameterRole::Weight;
        weight.shape = Shape{inputs[0].channels(), filters / groups, window.kernelHeight, window.kernelWidth};
        weight.fanIn = filters / groups * window.taps();  // PyTorch counts the second axis here, too
        weight.fanOut = inputs[0].channels() * window.taps();
        std::vector<ParameterSpec> result{weight};
        if (values.flag("bias")) {
            ParameterSpec bias = weight;
            bias.name = "bias";
            bias.role = ParameterRole::Bias;
            bias.shape = Shape{filters};
            result.push_back(bias);
        }
        return result;
    }

    /// Every input value times every weight of its filter, also where the product falls into the padding.
    std::int64_t macs(const Attributes& values, std::span<const Shape> inputs, const Shape&) const override {
        return inputs[0].size() * (values.integer("filters") / values.integer("groups")) * Window::of(values).taps();
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        if (!inputs[0].isImage() || outputShape(values, inputs).ok()) return {};
        if (!checkGroups(values, inputs[0])) {
            const std::int64_t fitting = fittingGroups(values, inputs[0]);
            return {attributeFix(node, "Set groups to " + withThousands(fitting), "groups", fitting)};
        }
        const Integers none{0, 0};
        if (values.integers("output_padding") != none) return {attributeFix(node, "Remove the output padding", "output_padding", none)};
        return {attributeFix(node, "Remove the padding", "pads", Integers{0, 0, 0, 0})};
    }

    std::string summary(const Attributes& values) const override {
        const Window window = Window::of(values);
        const Integers& pads = values.integers("pads");
        const bool padded = std::any_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad != 0; });
        std::string text = std::to_string(values.integer("filters")) + " @ " + pairText(window.kernelHeight, window.kernelWidth) +
                           ", stride " + (window.strideHeight == window.strideWidth ? std::to_string(window.strideHeight)
                                                                                    : pairText(window.strideHeight, window.strideWidth));
        const bool even = std::all_of(pads.begin(), pads.end(), [&](std::int64_t pad) { return pad == pads[0]; });
        if (padded) text += ", padding " + (even ? std::to_string(pads[0]) : attributeText(pads));
        if (values.integer("groups") > 1) text += ", " + std::to_string(values.integer("groups")) + " groups";
        return text;
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<T>& y = context.output;
        const bool biased = context.attributes.flag("bias");
        const std::int64_t plane = y.shape[2] * y.shape[3];
        for (std::int64_t map = 0; map < y.shape[0] * y.shape[1]; ++map) {
            std::fill_n(y.data + map * plane, plane, biased ? context.parameters[1][map % y.shape[1]] : T{0});
        }
        visitStamps(context.attributes, x.shape, y.shape, [&](auto n, auto c, auto i, auto j, auto f, auto within, auto u, auto v, auto row, auto column) {
            y.at(n, f, row, column) += x.at(n, c, i, j) * w.at(c, within, u, v);
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        const View<T>& dw = context.parameterGradients[0];
        if (dx.data != nullptr) std::fill_n(dx.data, dx.size(), T{0});
        const std::int64_t plane = dy.shape[2] * dy.shape[3];
        for (std::int64_t i = 0; context.attributes.flag("bias") && i < dy.size(); ++i) {
            context.parameterGradients[1][i / plane % dy.shape[1]] += dy[i];
        }
        visitStamps(context.attributes, x.shape, dy.shape, [&](auto n, auto c, auto i, auto j, auto f, auto within, auto u, auto v, auto row, auto column) {
            const T gradient = dy.at(n, f, row, column);
            dw.at(c, within, u, v) += gradient * x.at(n, c, i, j);
            if (dx.data != nullptr) dx.at(n, c, i, j) += gradient * w.at(c, within, u, v);
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::vector<ParameterSpec> specs = parameters(node.attributes, node.inputShapes);
        std::vector<std::string> inputs = node.inputs;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            inputs.push_back(builder.addInitializer(node.node.name + "." + specs[i].name, specs[i].shape, node.parameters[i]));
        }
        builder.addNode("ConvTranspose", inputs, {node.output}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")},
                         {"output_padding", node.attributes.integers("output_padding")},
                         {"dilations", node.attributes.integers("dilation")},
                         {"group", node.attributes.integer("groups")}});
        return {};
    }

  private:
    static std::int64_t grown(std::int64_t extent, std::int64_t stride, std::int64_t covered, std::int64_t pads, std::int64_t extra) {
        return (extent - 1) * stride + covered - pads + extra;
    }

    static std::int64_t fittingGroups(const Attributes& values, const Shape& input) {
        const std::int64_t common = std::gcd(input.channels(), values.integer("filters"));
        std::int64_t fitting = std::min(values.integer("groups"), common);
        while (common % fitting != 0) --fitting;
        return fitting;
    }

    static Status checkGroups(const Attributes& values, const Shape& input) {
        const std::int64_t groups = values.integer("groups"), channels = input.channels(), filters = values.integer("filters");
        if (channels % groups == 0 && filters % groups == 0) return {};
        const std::string what = channels % groups != 0 ? withThousands(channels) + " input channels" : withThousands(filters) + " filters";
        return Error{ErrorCode::ShapeMismatch, what + " cannot be divided into " + withThousands(groups) + " equal groups", "",
                     "set groups to " + withThousands(fittingGroups(values, input))};
    }

    /// Calls `visit(n, c, i, j, f, filter within its group, u, v, row, column)` for every product that lies on the output.
    template <class Visit>
    static void visitStamps(const Attributes& values, const Shape& in, const Shape& out, Visit&& visit) {
        const Window window = Window::of(values);
        const std::int64_t groups = values.integer("groups"), depth = in[1] / groups, filters = out[1] / groups;
        for (std::int64_t n = 0; n < in[0]; ++n) {
            for (std::int64_t c = 0; c < in[1]; ++c) {
                for (std::int64_t i = 0; i < in[2]; ++i) {
                    for (std::int64_t j = 0; j < in[3]; ++j) {
                        for (std::int64_t within = 0; within < filters; ++within) {
                            const std::int64_t f = c / depth * filters + within;
                            window.visitTaps(perImage(out), i, j, [&](auto u, auto v, auto row, auto column) {
                                visit(n, c, i, j, f, within, u, v, row, column);
                            });
                        }
                    }
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_conv_transpose2d() { return std::make_unique<ConvTranspose2dLayer>(); }

}  // namespace convolab
