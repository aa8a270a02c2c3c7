#include <cmath>

#include "core/interop/onnx_builder.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema modeAttribute() {
    AttributeSchema schema;
    schema.key = "mode";
    schema.label = "Mode";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("nearest");
    schema.choices = {"nearest", "bilinear"};
    schema.help = "Nearest repeats or leaves out pixels; bilinear mixes the four around each new one";
    schema.section = "Shape";
    return schema;
}

AttributeSchema scaleAttribute() {
    AttributeSchema schema;
    schema.key = "scale";
    schema.label = "Scale";
    schema.type = AttributeType::RealList;
    schema.defaultValue = std::vector<double>{2.0};
    schema.minimum = 0.01;
    schema.maximum = 64.0;
    schema.help = "Factor of height and width, or one for each; the new size is rounded down";
    schema.section = "Shape";
    return schema;
}

AttributeSchema sizeAttribute() {
    AttributeSchema schema;
    schema.key = "size";
    schema.label = "Size";
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = Integers{0, 0};
    schema.minimum = 0;
    schema.maximum = 8192;
    schema.common = {0};
    schema.help = "New height and width; 0: by the scale";
    schema.section = "Shape";
    return schema;
}

class ResizeLayer final : public RearrangingLayer<ResizeLayer> {
  public:
    ResizeLayer() {
        id = "resize";
        label = "Resize";
        baseName = "Resize";
        title = "Resize";
        help = "Enlarges or shrinks each map: PyTorch's interpolate with align_corners off. Nearest takes pixel "
               "⌊i · old / new⌋, bilinear aligns the centres of the pixels.";
        formula = "nearest: y[c, i, j] = x[c, ⌊i·H/H′⌋, ⌊j·W/W′⌋]";
        group = LayerGroup::Shape;
        docks = true;
        attributes = {modeAttribute(), scaleAttribute(), sizeAttribute()};
        const std::string bilinear = "bilinear";
        examples = {{"nearest, twice", {}, {Shape{2, 2, 3}}, 2},
                    {"nearest, smaller", {{"size", Integers{2, 3}}}, {Shape{2, 5, 4}}, 2},
                    {"bilinear, twice", {{"mode", bilinear}}, {Shape{2, 3, 2}}, 2},
                    {"bilinear, another scale", {{"mode", bilinear}, {"scale", std::vector<double>{1.5, 0.7}}}, {Shape{2, 3, 5}}, 2},
                    {"bilinear, one axis by size", {{"mode", bilinear}, {"size", Integers{5, 0}}}, {Shape{1, 3, 1}}, 3}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        const Shape& in = inputs[0];
        if (!in.isImage()) return imageNeeded(in);
        const std::vector<double>& scale = values.reals("scale");
        if (scale.size() > 2) {
            return Error{ErrorCode::InvalidArgument, std::to_string(scale.size()) + " scales are given", "",
                         "give one, or one for the height and one for the width"};
        }
        const Integers& size = values.integers("size");
        return Shape{in.channels(), extent(in.height(), size[0], scale.front()), extent(in.width(), size[1], scale.back())};
    }

    std::vector<Fix> fixes(const Node& node, const Attributes& values, std::span<const Shape> inputs) const override {
        const std::vector<double>& scale = values.reals("scale");
        if (!inputs[0].isImage() || scale.size() <= 2) return {};
        return {attributeFix(node, "Use one scale", "scale", std::vector<double>{scale.front()})};
    }

    std::string summary(const Attributes& values) const override {
        const std::vector<double>& scale = values.reals("scale");
        const Integers& size = values.integers("size");
        const auto axis = [&](std::size_t i) {
            return size[i] > 0 ? std::to_string(size[i]) : "\u00D7" + formatNumber(i == 0 ? scale.front() : scale.back(), 4);
        };
        const std::string text = axis(0) == axis(1) ? axis(0) : axis(0) + ", " + axis(1);
        return values.text("mode") + " " + (size[0] > 0 && size[1] > 0 ? attributeText(size) : text);
    }

    bool copies(const Attributes& values) const override { return values.text("mode") == "nearest"; }
    std::optional<std::int64_t> channelBehind(const Attributes&, const Shape&, std::int64_t channel) const override { return channel; }

    std::optional<Place> sourceOf(const Attributes&, const Shape& input, const Shape& output, const Place& place) const override {
        return Place{place.channel, nearestSource(place.row, input.height(), output.height()),
                     nearestSource(place.column, input.width(), output.width())};
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        if (copies(context.attributes)) return RearrangingLayer::runForward(context);
        const View<const T>& x = context.inputs[0];
        const View<T>& y = context.output;
        std::fill_n(y.data, y.size(), T{0});
        visitTaps<T>(x.shape, y.shape, [&](auto n, auto c, auto i, auto j, auto row, auto column, T share) {
            y.at(n, c, i, j) += share * x.at(n, c, row, column);
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        if (copies(context.attributes)) return RearrangingLayer::runBackward(context);
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visitTaps<T>(dx.shape, dy.shape, [&](auto n, auto c, auto i, auto j, auto row, auto column, T share) {
            dx.at(n, c, row, column) += share * dy.at(n, c, i, j);
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const Shape& in = node.inputShapes[0];
        const Shape& out = node.outputShape;
        std::vector<std::string> inputs{node.inputs[0], ""};  // no region of interest
        if (out.height() % in.height() == 0 && out.width() % in.width() == 0) {
            const std::vector<float> scales{1.0F, 1.0F, static_cast<float>(out.height() / in.height()),
                                            static_cast<float>(out.width() / in.width())};
            inputs.push_back(builder.addInitializer(node.node.name + ".scales", Shape{4}, scales));
        } else {
            inputs.insert(inputs.end(), {"", sizesOf(builder, node)});
        }
        const bool nearest = copies(node.attributes);
        std::vector<OnnxAttribute> words{{"mode", std::string(nearest ? "nearest" : "linear")},
                                         {"coordinate_transformation_mode", std::string(nearest ? "asymmetric" : "half_pixel")}};
        if (nearest) words.push_back({"nearest_mode", std::string("floor")});
        builder.addNode("Resize", inputs, {node.output}, node.node.name, words);
        return {};
    }

  private:
    static std::int64_t extent(std::int64_t old, std::int64_t size, double scale) {
        constexpr double kRounding = 1e-9;  // 10 · 0.7 is 7
        if (size > 0) return size;
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(static_cast<double>(old) * scale + kRounding)));
    }

    /// Calls `visit(n, c, i, j, row, column, share)` for the up to four pixels that each output value mixes.
    template <class T, class Visit>
    static void visitTaps(const Shape& in, const Shape& out, Visit&& visit) {
        for (std::int64_t n = 0; n < out[0]; ++n) {
            for (std::int64_t c = 0; c < out[1]; ++c) {
                for (std::int64_t i = 0; i < out[2]; ++i) {
                    const LinearTap row = linearTap(i, in[2], out[2]);
                    for (std::int64_t j = 0; j < out[3]; ++j) {
                        const LinearTap column = linearTap(j, in[3], out[3]);
                        visit(n, c, i, j, row.first, column.first, static_cast<T>((1.0 - row.share) * (1.0 - column.share)));
                        visit(n, c, i, j, row.first, column.second, static_cast<T>((1.0 - row.share) * column.share));
                        visit(n, c, i, j, row.second, column.first, static_cast<T>(row.share * (1.0 - column.share)));
                        visit(n, c, i, j, row.second, column.second, static_cast<T>(row.share * column.share));
                    }
                }
            }
        }
    }

    /// The tensor of the four new extents: batch and channels as they are. Sizes are exact where scales would be rounded.
    static std::string sizesOf(OnnxBuilder& builder, const OnnxNodeContext& node) {
        const auto name = [&](const char* what) { return builder.uniqueName(node.output + "." + what); };
        const auto constant = [&](const char* what, const Integers& values) {
            return builder.addInitializer(node.node.name + "." + what, values);
        };
        const std::string shape = name("shape"), front = name("front"), sizes = name("sizes");
        builder.addNode("Shape", {node.inputs[0]}, {shape}, node.node.name + ".shape");
        builder.addNode("Slice", {shape, constant("from", {0}), constant("to", {2})}, {front}, node.node.name + ".front");
        builder.addNode("Concat", {front, constant("size", {node.outputShape.height(), node.outputShape.width()})}, {sizes},
                        node.node.name + ".sizes", {{"axis", std::int64_t{0}}});
        return sizes;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_resize() { return std::make_unique<ResizeLayer>(); }

}  // namespace convolab
