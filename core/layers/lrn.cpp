#include <algorithm>
#include <cmath>
#include <vector>

#include "core/layers/onnx_steps.h"
#include "core/layers/reference_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

AttributeSchema sizeAttribute() {
    AttributeSchema schema;
    schema.key = "size";
    schema.label = "Channels";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{5};
    schema.minimum = 1;
    schema.maximum = 63;
    schema.common = {3, 5};
    schema.help = "How many neighbouring channels, itself included, damp a value";
    schema.section = "Function";
    return schema;
}

AttributeSchema realAttribute(const char* key, const char* label, double usual, double least, double most, const char* help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::Real;
    schema.defaultValue = usual;
    schema.minimum = least;
    schema.maximum = most;
    schema.help = help;
    schema.section = "Function";
    return schema;
}

/// The channels around one: `before` lower ones and `after` higher ones, as far as they exist.
struct Neighbours {
    std::int64_t before, after;
    explicit Neighbours(std::int64_t size) : before(size / 2), after((size - 1) / 2) {}
};

/// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 3.3, with alpha
/// divided by the size as PyTorch and ONNX do.
class LrnLayer final : public ReferenceLayer<LrnLayer> {
  public:
    LrnLayer() {
        id = "lrn";
        label = "LRN";
        baseName = "LRN";
        title = "Local response normalisation";
        help = "Damps a value where neighbouring channels are large at the same place, so that maps compete. Used by "
               "AlexNet and GoogLeNet.";
        formula = "y[c] = x[c] / (k + alpha / size · Σ x[j]²)^beta, j around c";
        group = LayerGroup::Normalisation;
        docks = true;
        attributes = {sizeAttribute(), realAttribute("alpha", "Alpha", 1e-4, 0.0, 100.0, "How strongly neighbours damp"),
                      realAttribute("beta", "Beta", 0.75, 0.01, 10.0, "The power of the sum"),
                      realAttribute("k", "k", 1.0, 1e-3, 100.0, "What is added to the sum, so that nothing is divided by 0")};
        examples = {
            {"five of seven maps", {{"alpha", 0.5}, {"k", 2.0}}, {Shape{7, 2, 3}}, 2},
            {"an even size", {{"size", std::int64_t{4}}, {"alpha", 1.0}, {"beta", 0.5}}, {Shape{5, 3, 2}}, 2},
            {"wider than the maps", {{"size", std::int64_t{9}}, {"alpha", 0.25}}, {Shape{3, 2, 2}}, 3},
        };
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override {
        if (inputs[0].isImage()) return inputs[0];
        return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(inputs[0]) + " arrives", "",
                     "put it before flatten and dense layers"};
    }

    std::string summary(const Attributes& values) const override {
        return withThousands(values.integer("size")) + " channels";
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const std::vector<T> sums = denominators(context);
        const T beta = static_cast<T>(context.attributes.real("beta"));
        for (std::int64_t i = 0; i < context.output.size(); ++i) {
            context.output[i] = context.inputs[0][i] / std::pow(sums[static_cast<std::size_t>(i)], beta);
        }
    }

    /// With d[c] the bracket: dx[i] = dy[i] / d[i]^β − 2 α β / size · x[i] · Σ dy[c] x[c] / d[c]^(β + 1) over the
    /// channels c that i damps.
    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const View<const T>& x = context.inputs[0];
        const View<const T>& dy = context.outputGradient;
        const std::vector<T> sums = denominators(context);
        const T beta = static_cast<T>(context.attributes.real("beta"));
        const auto size = context.attributes.integer("size");
        const T factor = T{2} * beta * static_cast<T>(context.attributes.real("alpha")) / static_cast<T>(size);
        const Neighbours around(size);
        visit(x.shape, around.after, around.before, [&](std::int64_t i, const auto& visitNeighbours) {
            T sum{0};
            visitNeighbours([&](std::int64_t c) {
                sum += dy[c] * x[c] / std::pow(sums[static_cast<std::size_t>(c)], beta + T{1});
            });
            dx[i] = dy[i] / std::pow(sums[static_cast<std::size_t>(i)], beta) - factor * x[i] * sum;
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        OnnxSteps steps(builder, node);
        const std::int64_t size = node.attributes.integer("size");
        if (size % 2 == 1) {
            const auto real = [&](const char* key) { return static_cast<float>(node.attributes.real(key)); };
            steps.finish("LRN", {steps.input()}, {{"alpha", real("alpha")}, {"beta", real("beta")}, {"bias", real("k")}, {"size", size}});
            return {};
        }
        // ONNX puts the odd channel of an even size on the other side: the sums by a 1×1 convolution instead.
        const std::string squares = steps.add("Mul", {steps.input(), steps.input()}, "squares");
        const auto [weights, bias] = bandOf(node.attributes, node.inputShapes[0].channels());
        const std::int64_t channels = node.inputShapes[0].channels();
        const std::string sums = steps.add("Conv", {squares, steps.constant("band", Shape{channels, channels, 1, 1}, weights),
                                                    steps.constant("k", Shape{channels}, bias)}, "sums");
        const std::string power = steps.add("Pow", {sums, steps.scalar("beta", node.attributes.real("beta"))}, "power");
        steps.finish("Div", {steps.input(), power});
        return {};
    }

  private:
    /// Calls `visitValue(index, visitNeighbours)` for every value; the latter calls back with the index of each
    /// neighbour at the same place.
    template <class Visit>
    static void visit(const Shape& shape, std::int64_t before, std::int64_t after, Visit&& visitValue) {
        const std::int64_t channels = shape[1];
        const std::int64_t pixels = shape[2] * shape[3];
        for (std::int64_t i = 0; i < shape.size(); ++i) {
            const std::int64_t c = i / pixels % channels;
            const std::int64_t first = std::max<std::int64_t>(c - before, 0);
            const std::int64_t last = std::min(c + after, channels - 1);
            visitValue(i, [&](auto&& visitNeighbour) {
                for (std::int64_t j = first; j <= last; ++j) visitNeighbour(i + (j - c) * pixels);
            });
        }
    }

    template <class T>
    static std::vector<T> denominators(const ReferenceContext<T>& context) {
        const View<const T>& x = context.inputs[0];
        const auto size = context.attributes.integer("size");
        const T share = static_cast<T>(context.attributes.real("alpha")) / static_cast<T>(size);
        const Neighbours around(size);
        std::vector<T> sums(static_cast<std::size_t>(x.size()), static_cast<T>(context.attributes.real("k")));
        visit(x.shape, around.before, around.after, [&](std::int64_t i, const auto& visitNeighbours) {
            T sum{0};
            visitNeighbours([&](std::int64_t j) { sum += x[j] * x[j]; });
            sums[static_cast<std::size_t>(i)] += share * sum;
        });
        return sums;
    }

    /// alpha / size where output channel o sums input channel j, and k for each channel.
    static std::pair<std::vector<float>, std::vector<float>> bandOf(const Attributes& values, std::int64_t channels) {
        const auto size = values.integer("size");
        const auto share = static_cast<float>(values.real("alpha") / static_cast<double>(size));
        const Neighbours around(size);
        std::vector<float> band(static_cast<std::size_t>(channels * channels), 0.0F);
        for (std::int64_t o = 0; o < channels; ++o) {
            const std::int64_t last = std::min(o + around.after, channels - 1);
            for (std::int64_t j = std::max<std::int64_t>(o - around.before, 0); j <= last; ++j) {
                band[static_cast<std::size_t>(o * channels + j)] = share;
            }
        }
        return {band, std::vector<float>(static_cast<std::size_t>(channels), static_cast<float>(values.real("k")))};
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_lrn() { return std::make_unique<LrnLayer>(); }

}  // namespace convolab
