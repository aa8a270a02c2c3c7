#include <algorithm>

#include "core/interop/onnx_builder.h"
#include "core/layers/rbf_prototypes.h"
#include "core/layers/reference_layer.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema unitsAttribute() {
    AttributeSchema schema;
    schema.key = "units";
    schema.label = "Units";
    schema.type = AttributeType::Integer;
    schema.defaultValue = std::int64_t{10};
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = {10};
    schema.help = "One per class; with 84 inputs the first ten are the digits drawn on 7×12 pixels";
    schema.section = "Shape";
    return schema;
}

class RbfOutputLayer final : public ReferenceLayer<RbfOutputLayer> {
  public:
    RbfOutputLayer() {
        id = "rbf_output";
        label = "RBF output";
        baseName = "RBF";
        title = "Radial basis function output";
        help = "The squared distance of the input to one fixed prototype of ±1 per class, as LeNet-5 (1998) ends. There the "
               "class is the arg min; here the distance is given with a minus sign, so that the largest wins as "
               "everywhere. Cross-entropy on it is the paper's discriminative loss without its rubbish class.";
        formula = "y[k] = −Σ (x[i] − w[k, i])², w = ±1";
        group = LayerGroup::Dense;
        attributes = {unitsAttribute()};
        examples = {{"three classes", {{"units", std::int64_t{3}}}, {Shape{5}}, 2}, {"the digits", {}, {Shape{84}}, 1}};
    }

    Result<Shape> outputShape(const Attributes& values, std::span<const Shape> inputs) const override {
        if (inputs[0].isVector()) return Shape{values.integer("units")};
        return Error{ErrorCode::ShapeMismatch, "a vector is needed, " + describeShape(inputs[0]) + " arrives", "",
                     "insert flatten before it"};
    }

    std::string summary(const Attributes& values) const override {
        const std::int64_t units = values.integer("units");
        return withThousands(units) + (units == 1 ? " prototype" : " prototypes");
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        std::fill_n(context.output.data, context.output.size(), T{0});
        visit(context, context.output.shape, [&](auto n, auto k, auto, T difference) {
            context.output[n * context.output.shape[1] + k] -= difference * difference;
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const View<const T>& dy = context.outputGradient;
        std::fill_n(dx.data, dx.size(), T{0});
        visit(context, dy.shape, [&](auto n, auto k, auto i, T difference) {
            dx[n * dx.shape[1] + i] -= T{2} * difference * dy[n * dy.shape[1] + k];
        });
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::int64_t units = node.outputShape.size(), count = node.inputShapes[0].size();
        const auto tensor = [&](const char* what) { return builder.uniqueName(node.output + "." + what); };
        const auto name = [&](const char* what) { return node.node.name + "." + what; };
        const std::string wide = tensor("wide"), difference = tensor("difference"), square = tensor("square"), distance = tensor("distance");
        builder.addNode("Unsqueeze", {node.inputs[0], builder.addInitializer(name("axis"), Integers{1})}, {wide}, name("unsqueeze"));
        builder.addNode("Sub", {wide, builder.addInitializer(name("prototypes"), Shape{units, count}, rbfPrototypes(units, count))},
                        {difference}, node.node.name);
        builder.addNode("Mul", {difference, difference}, {square}, name("square"));
        builder.addNode("ReduceSum", {square, builder.addInitializer(name("sum_axis"), Integers{2})}, {distance}, name("sum"),
                        {{"keepdims", std::int64_t{0}}});
        builder.addNode("Neg", {distance}, {node.output}, name("minus"));
        return {};
    }

  private:
    /// Calls `visit(n, k, i, x[n, i] − w[k, i])` for every image, unit and input.
    template <class T, class Visit>
    static void visit(const ReferenceContext<T>& context, const Shape& output, Visit&& body) {
        const View<const T>& x = context.inputs[0];
        const std::int64_t count = x.shape[1];
        const std::vector<float> prototypes = rbfPrototypes(output[1], count);
        for (std::int64_t n = 0; n < output[0]; ++n) {
            for (std::int64_t k = 0; k < output[1]; ++k) {
                for (std::int64_t i = 0; i < count; ++i) {
                    body(n, k, i, x[n * count + i] - static_cast<T>(prototypes[static_cast<std::size_t>(k * count + i)]));
                }
            }
        }
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_rbf_output() { return std::make_unique<RbfOutputLayer>(); }

}  // namespace convolab
