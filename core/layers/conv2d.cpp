#include <algorithm>
#include <numeric>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/layers/weight_attributes.h"
#include "core/layers/window.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema filtersAttribute() {
    AttributeSchema schema;
    schema.key = "filters";
    schema.label = "Filters";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{16};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = {8, 16, 32, 64, 128};
    schema.help = "Number of output maps; each has a filter of its own over all input maps";
    schema.section = "Shape";
    return schema;
}

AttributeSchema dilationAttribute() {
    AttributeSchema schema;
    schema.key = "dilation";
    schema.label = "Dilation";
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = std::vector<std::int64_t>{1, 1};
    schema.minimum = 1;
    schema.maximum = 64;
    schema.common = {1, 2, 4};
    schema.help = "Distance between neighbouring taps of the kernel; 2 leaves one pixel out between them";
    schema.section = "Shape";
    return schema;
}

AttributeSchema groupsAttribute() {
    AttributeSchema schema;
    schema.key = "groups";
    schema.label = "Groups";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{1};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = {1, 2};
    schema.help = "Splits maps and filters into groups that do not see each other; as many as channels: depthwise";
    schema.section = "Shape";
    return schema;
}

class Conv2dLayer final : public ReferenceLayer<Conv2dLayer> {
  public:
    Conv2dLayer() {
        id = "conv2d";
        label = "Conv 2-D";
        baseName = "Conv";
        title = "Convolution 2-D";
        help = "Slides each filter over all input maps and sums the products: one output map per filter. As in all "
               "deep learning the kernel is not flipped (cross-correlation).";
        formula = "y[f, i, j] = b[f] + Σ w[f, c, u, v] · x[c, s·i + d·u − p, s·j + d·v − p]";
        group = LayerGroup::Convolution;
        attributes = {filtersAttribute(),
                      kernelAttribute(3, {1, 3, 5, 7}),
                      strideAttribute(1),
                      padsAttribute("Zeros around the input: top, left, bottom, right"),
                      dilationAttribute(),
                      groupsAttribute(),
                      biasAttribute("Adds one trained number to each output map"),
                      initAttribute()};
        using Integers = std::vector<std::int64_t>;
        examples = {
            {"same", {{"filters", std::int64_t{3}}, {"pads", Integers{1, 1, 1, 1}}}, {Shape{2, 5, 4}}, 2},
            {"strided, asymmetric pads, no bias",
             {{"filters", std::int64_t{4}}, {"kernel", Integers{3, 2}}, {"stride", Integers{2, 1}},
              {"pads", Integers{0, 1, 2, 0}}, {"bias", false}},
             {Shape{3, 6, 5}}, 2},
            {"dilated, two groups",
             {{"filters", std::int64_t{4}}, {"kernel", Integers{2, 3}}, {"dilation", Integers{2, 1}},
              {"groups", std::int64_t{2}}},
             {Shape{4, 5, 5}}, 2},
            {"depthwise",
             {{"filters", std::int64_t{3}}, {"groups", std::int64_t{3}}, {"pads", Integers{1, 1, 1, 1}},
              {"stride", Integers{2, 2}}},
             {Shape{3, 5, 5}}, 3},
        };
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const std::int64_t filters = values.integer("filters");
        const std::int64_t groups = values.integer("groups");
        CONVOLAB_ASSIGN(const Shape shape, windowOutputShape(Window::of(values), inputs[0], filters));
        const std::int64_t channels = inputs[0].channels();
        if (channels % groups != 0 || filters % groups != 0) {
            const std::string what = channels % groups != 0 ? withThousands(channels) + " input channels"
                                                            : withThousands(filters) + " filters";
            return Error{ErrorCode::ShapeMismatch,
                         what + " cannot be divided into " + withThousands(groups) + " equal groups", "",
                         "set groups to " + withThousands(fittingGroups(groups, channels, filters))};
        }
        return shape;
    }

    std::vector<ParameterSpec> parameters(const Attributes& values, std::span<const Shape> inputs) const override {
        const Window window = Window::of(values);
        const std::int64_t filters = values.integer("filters");
        const std::int64_t depth = inputs[0].channels() / values.integer("groups");
        ParameterSpec weight;
        weight.name = "weight";
        weight.role = ParameterRole::Weight;
        weight.shape = Shape{filters, depth, window.kernelHeight, window.kernelWidth};
        weight.fanIn = depth * window.taps();
        weight.fanOut = filters * window.taps();
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

    std::int64_t macs(const Attributes& values, std::span<const Shape> inputs, const Shape& output) const override {
        return output.size() * (inputs[0].channels() / values.integer("groups")) * Window::of(values).taps();
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        std::vector<Fix> result = windowFixes(node, values, inputs[0]);
        const std::int64_t groups = values.integer("groups");
        const std::int64_t fitting = fittingGroups(groups, inputs[0].channels(), values.integer("filters"));
        if (result.empty() && inputs[0].isImage() && fitting != groups) {
            if (groups == values.integer("filters")) result.push_back(depthwiseFix(node, inputs[0].channels()));
            result.push_back(attributeFix(node, "Set groups to " + withThousands(fitting), "groups", fitting));
        }
        return result;
    }

    std::string summary(const Attributes& values) const override {
        const Window window = Window::of(values);
        const std::int64_t groups = values.integer("groups");
        return std::to_string(values.integer("filters")) + " @ " + pairText(window.kernelHeight, window.kernelWidth) +
               windowSuffix(window, 1, 1) + (groups > 1 ? ", " + std::to_string(groups) + " groups" : "");
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const Window window = Window::of(context.attributes);
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<T>& y = context.output;
        const Shape image = perImage(x.shape);
        const std::int64_t depth = w.shape[1];
        const std::int64_t filtersPerGroup = w.shape[0] / context.attributes.integer("groups");
        const bool biased = context.attributes.flag("bias");
        for (std::int64_t n = 0; n < y.shape[0]; ++n) {
            for (std::int64_t f = 0; f < y.shape[1]; ++f) {
                const std::int64_t firstChannel = f / filtersPerGroup * depth;
                for (std::int64_t i = 0; i < y.shape[2]; ++i) {
                    for (std::int64_t j = 0; j < y.shape[3]; ++j) {
                        T sum = biased ? context.parameters[1][f] : T{0};
                        for (std::int64_t c = 0; c < depth; ++c) {
                            window.visitTaps(image, i, j, [&](auto u, auto v, auto row, auto column) {
                                sum += w.at(f, c, u, v) * x.at(n, firstChannel + c, row, column);
                            });
                        }
                        y.at(n, f, i, j) = sum;
                    }
                }
            }
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const Window window = Window::of(context.attributes);
        const View<const T>& x = context.inputs[0];
        const View<T>& w = context.parameters[0];
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        const View<T>& dw = context.parameterGradients[0];
        const Shape image = perImage(x.shape);
        const std::int64_t depth = w.shape[1];
        const std::int64_t filtersPerGroup = w.shape[0] / context.attributes.integer("groups");
        const bool biased = context.attributes.flag("bias");
        if (dx.data != nullptr) std::fill_n(dx.data, dx.size(), T{0});
        for (std::int64_t n = 0; n < dy.shape[0]; ++n) {
            for (std::int64_t f = 0; f < dy.shape[1]; ++f) {
                const std::int64_t firstChannel = f / filtersPerGroup * depth;
                for (std::int64_t i = 0; i < dy.shape[2]; ++i) {
                    for (std::int64_t j = 0; j < dy.shape[3]; ++j) {
                        const T gradient = dy.at(n, f, i, j);
                        if (biased) context.parameterGradients[1][f] += gradient;
                        for (std::int64_t c = 0; c < depth; ++c) {
                            window.visitTaps(image, i, j, [&](auto u, auto v, auto row, auto column) {
                                const std::int64_t channel = firstChannel + c;
                                dw.at(f, c, u, v) += gradient * x.at(n, channel, row, column);
                                if (dx.data != nullptr) dx.at(n, channel, row, column) += gradient * w.at(f, c, u, v);
                            });
                        }
                    }
                }
            }
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::vector<ParameterSpec> specs = parameters(node.attributes, node.inputShapes);
        std::vector<std::string> inputs = node.inputs;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            inputs.push_back(
                builder.addInitializer(node.node.name + "." + specs[i].name, specs[i].shape, node.parameters[i]));
        }
        builder.addNode("Conv", inputs, {node.output}, node.node.name,
                        {{"kernel_shape", node.attributes.integers("kernel")},
                         {"strides", node.attributes.integers("stride")},
                         {"pads", node.attributes.integers("pads")},
                         {"dilations", node.attributes.integers("dilation")},
                         {"group", node.attributes.integer("groups")}});
        return {};
    }

  private:
    /// A depthwise layer that follows its input.
    static Fix depthwiseFix(const Node& node, std::int64_t channels) {
        return {"Filter each of the " + withThousands(channels) + " maps", [id = node.id, channels](NetworkSpec& spec) {
                    spec.setAttribute(id, "groups", channels);
                    spec.setAttribute(id, "filters", channels);
                }};
    }

    /// The largest number of groups, at most `groups`, that divides both.
    static std::int64_t fittingGroups(std::int64_t groups, std::int64_t channels, std::int64_t filters) {
        const std::int64_t common = std::gcd(channels, filters);
        std::int64_t fitting = std::min(groups, common);
        while (common % fitting != 0) --fitting;
        return fitting;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_conv2d() { return std::make_unique<Conv2dLayer>(); }

}  // namespace convolab
