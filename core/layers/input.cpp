#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema shapeAttribute() {
    AttributeSchema schema;
    schema.key = "shape";
    schema.label = "Shape";
    schema.type = AttributeType::ImageShape;
    schema.defaultValue = std::vector<std::int64_t>{1, 28, 28};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.help = "Channels, height and width of one image, or the length of a vector";
    schema.section = "Shape";
    return schema;
}

AttributeSchema meanAttribute() {
    AttributeSchema schema;
    schema.key = "mean";
    schema.label = "Mean";
    schema.type = AttributeType::RealList;
    schema.defaultValue = std::vector<double>{0.0};
    schema.minimum = -1e6;
    schema.maximum = 1e6;
    schema.help = "Subtracted from every pixel: one value per channel, or one for all";
    schema.section = "Normalisation";
    return schema;
}

AttributeSchema stdAttribute() {
    AttributeSchema schema;
    schema.key = "std";
    schema.label = "Standard deviation";
    schema.type = AttributeType::RealList;
    schema.defaultValue = std::vector<double>{1.0};
    schema.minimum = 1e-6;
    schema.maximum = 1e6;
    schema.help = "Every pixel is divided by it after the mean: one value per channel, or one for all";
    schema.section = "Normalisation";
    return schema;
}

/// The images as they come, pixels in [0, 1]. Its reference arithmetic reads them as inputs[0]; the examples list
/// what arrives, although the node has no port.
class InputLayer final : public ReferenceLayer<InputLayer> {
  public:
    InputLayer() {
        id = "input";
        label = "Input";
        baseName = "Input";
        title = "Input";
        help = "Where the images come in, with pixel values from 0 to 1. Normalisation belongs to the network and "
               "travels with it.";
        formula = "y = (x − mean) / std";
        group = LayerGroup::Input;
        minInputs = 0;
        maxInputs = 0;
        using Integers = std::vector<std::int64_t>;
        using Reals = std::vector<double>;
        attributes = {shapeAttribute(), meanAttribute(), stdAttribute()};
        examples = {
            {"normalised per channel",
             {{"shape", Integers{3, 4, 5}}, {"mean", Reals{0.5, 0.25, 0.125}}, {"std", Reals{0.25, 0.5, 2.0}}},
             {Shape{3, 4, 5}}, 2},
            {"one mean for all", {{"shape", Integers{2, 3, 3}}, {"mean", Reals{0.5}}}, {Shape{2, 3, 3}}, 2},
            {"plain vector", {{"shape", Integers{6}}}, {Shape{6}}, 3},
        };
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape>) const override {
        const Shape shape(values.integers("shape"));
        for (const char* key : {"mean", "std"}) {
            const auto count = static_cast<std::int64_t>(values.reals(key).size());
            if (count == 1 || count == shape.channels()) continue;
            return Error{ErrorCode::InvalidArgument,
                         withThousands(count) + " values of " + key + " are given for " +
                             withThousands(shape.channels()) + (shape.channels() == 1 ? " channel" : " channels"),
                         "", "give one value, or one per channel"};
        }
        return shape;
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape>) const override {
        const auto channels = static_cast<std::size_t>(Shape(values.integers("shape")).channels());
        std::vector<Fix> result;
        for (const char* key : {"mean", "std"}) {
            const std::vector<double>& given = values.reals(key);
            if (given.size() == 1 || given.size() == channels || given.empty()) continue;
            result.push_back(attributeFix(node, std::string("Use one ") + key + " for all channels", key,
                                          std::vector<double>{given[0]}));
        }
        return result;
    }

    std::string summary(const Attributes& values) const override {
        return Shape(values.integers("shape")).text() + (normalises(values) ? ", normalised" : "");
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visitPixels<T>(context.attributes, context.output.shape, [&](std::int64_t i, T mean, T deviation) {
            context.output[i] = (context.inputs[0][i] - mean) / deviation;
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        visitPixels<T>(context.attributes, dx.shape,
                       [&](std::int64_t i, T, T deviation) { dx[i] = context.outputGradient[i] / deviation; });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const auto& means = node.attributes.reals("mean");
        const auto& deviations = node.attributes.reals("std");
        const bool subtracts = differs(means, 0.0);
        const bool divides = differs(deviations, 1.0);
        std::string current = node.inputs[0];
        if (subtracts) {
            const std::string target = divides ? builder.uniqueName(node.node.name + ".centred") : node.output;
            addStep(builder, node, "Sub", "mean", means, current, target);
            current = target;
        }
        if (divides) addStep(builder, node, "Div", "std", deviations, current, node.output);
        if (!subtracts && !divides) builder.connectThrough(current, node.output);
        return {};
    }

  private:
    static bool differs(const std::vector<double>& values, double neutral) {
        return std::any_of(values.begin(), values.end(), [&](double value) { return value != neutral; });
    }

    static bool normalises(const Attributes& values) {
        return differs(values.reals("mean"), 0.0) || differs(values.reals("std"), 1.0);
    }

    /// Adds "x − mean" or "x / std" with the values shaped to broadcast over (N, C, H, W) or (N, n).
    static void addStep(OnnxBuilder& builder, const OnnxNodeContext& node, const std::string& type,
                        const std::string& key, const std::vector<double>& values, const std::string& from,
                        const std::string& to) {
        const std::vector<float> data(values.begin(), values.end());
        const auto count = static_cast<std::int64_t>(data.size());
        const Shape shape = node.outputShape.isImage() ? Shape{count, 1, 1} : Shape{count};
        const std::string constant = builder.addInitializer(node.node.name + "." + key, shape, data);
        builder.addNode(type, {from, constant}, {to}, node.node.name + "." + key);
    }

    /// Calls `visit(index, mean, std)` for every value of a batch.
    template <class T, class Visit>
    static void visitPixels(const Attributes& values, const Shape& batched, Visit&& visit) {
        const auto& means = values.reals("mean");
        const auto& deviations = values.reals("std");
        const std::int64_t channels = batched[1];
        const std::int64_t inner = batched.size() / (batched[0] * channels);
        const auto at = [](const std::vector<double>& list, std::int64_t channel) {
            return static_cast<T>(list.size() == 1 ? list[0] : list[static_cast<std::size_t>(channel)]);
        };
        for (std::int64_t i = 0; i < batched.size(); ++i) {
            const std::int64_t channel = i / inner % channels;
            visit(i, at(means, channel), at(deviations, channel));
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_input() { return std::make_unique<InputLayer>(); }

}  // namespace convolab
