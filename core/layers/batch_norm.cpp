#include <cmath>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

enum Parameter : std::size_t { kScale, kShift, kRunningMean, kRunningVariance };

AttributeSchema epsilonAttribute() {
    AttributeSchema schema;
    schema.key = "epsilon";
    schema.label = "Epsilon";
    schema.type = AttributeType::Real;
    schema.defaultValue = 1e-5;
    schema.minimum = 1e-12;
    schema.maximum = 1.0;
    schema.help = "Added to the variance, so that nothing is divided by 0";
    schema.section = "Statistics";
    return schema;
}

AttributeSchema momentumAttribute() {
    AttributeSchema schema;
    schema.key = "momentum";
    schema.label = "Momentum";
    schema.type = AttributeType::Real;
    schema.defaultValue = 0.1;
    schema.minimum = 0.0;
    schema.maximum = 1.0;
    schema.help = "Share of each new batch in the running mean and variance (PyTorch's meaning)";
    schema.section = "Statistics";
    return schema;
}

template <class T>
struct Statistics {
    T mean{0};
    T variance{0};  ///< biased: divided by the count
};

/// Where the values of one channel lie in (N, C, H, W) or (N, n).
struct ChannelLayout {
    std::int64_t batch, channels, inner;

    explicit ChannelLayout(const Shape& shape)
        : batch(shape[0]), channels(shape[1]), inner(shape.size() / (shape[0] * shape[1])) {}

    std::int64_t count() const { return batch * inner; }

    template <class Visit>
    void visit(std::int64_t channel, Visit&& visitIndex) const {
        for (std::int64_t n = 0; n < batch; ++n) {
            const std::int64_t start = (n * channels + channel) * inner;
            for (std::int64_t i = start; i < start + inner; ++i) visitIndex(i);
        }
    }
};

template <class T>
Statistics<T> batchStatistics(const View<const T>& x, const ChannelLayout& layout, std::int64_t channel) {
    const T count = static_cast<T>(layout.count());
    Statistics<T> result;
    layout.visit(channel, [&](std::int64_t i) { result.mean += x[i]; });
    result.mean /= count;
    layout.visit(channel, [&](std::int64_t i) { result.variance += (x[i] - result.mean) * (x[i] - result.mean); });
    result.variance /= count;
    return result;
}

class BatchNormLayer final : public ReferenceLayer<BatchNormLayer> {
  public:
    BatchNormLayer() {
        id = "batch_norm";
        label = "Batch norm";
        baseName = "Batch norm";
        title = "Batch normalisation";
        help = "Training: shifts and scales each channel to mean 0 and variance 1 over the batch, then to a trained "
               "scale and shift. Evaluation: with the running mean and variance collected in training.";
        formula = "y = γ · (x − μ) / √(σ² + ε) + β";
        group = LayerGroup::Normalisation;
        docks = true;
        inPlace = true;
        attributes = {epsilonAttribute(), momentumAttribute()};
        examples = {
            {"image", {}, {Shape{3, 4, 3}}, 2},
            {"vector", {{"momentum", 0.2}}, {Shape{5}}, 4},
            {"large epsilon", {{"epsilon", 0.01}}, {Shape{2, 2, 2}}, 3},
        };
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override { return inputs[0]; }

    std::vector<ParameterSpec> parameters(const Attributes&, std::span<const Shape> inputs) const override {
        const Shape shape{inputs[0].channels()};
        return {{"weight", ParameterRole::Scale, shape, 1, 1, true},
                {"bias", ParameterRole::Shift, shape, 1, 1, true},
                {"running_mean", ParameterRole::RunningMean, shape, 1, 1, false},
                {"running_var", ParameterRole::RunningVariance, shape, 1, 1, false}};
    }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const ChannelLayout layout(x.shape);
        for (std::int64_t c = 0; c < layout.channels; ++c) {
            const Statistics<T> statistics = usedStatistics(context, layout, c);
            if (context.training) updateRunning(context, statistics, layout.count(), c);
            const T scale = context.parameters[kScale][c] * inverseDeviation(context, statistics);
            const T shift = context.parameters[kShift][c];
            layout.visit(c, [&](std::int64_t i) { context.output[i] = (x[i] - statistics.mean) * scale + shift; });
        }
    }

    /// With x̂ = (x − μ) / √(σ² + ε) and m values per channel (Ioffe and Szegedy, 2015, section 3):
    /// dx = γ / (m·√(σ² + ε)) · (m·dy − Σ dy − x̂ · Σ dy·x̂); in evaluation μ and σ² are constants.
    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<const T>& x = context.inputs[0];
        const View<const T>& dy = context.outputGradient;
        const View<T> dx = wantedGradient(context, 0);
        const ChannelLayout layout(x.shape);
        for (std::int64_t c = 0; c < layout.channels; ++c) {
            const Statistics<T> statistics = usedStatistics(context, layout, c);
            const T inverse = inverseDeviation(context, statistics);
            T sum{0};
            T weightedSum{0};
            layout.visit(c, [&](std::int64_t i) {
                sum += dy[i];
                weightedSum += dy[i] * (x[i] - statistics.mean) * inverse;
            });
            context.parameterGradients[kScale][c] += weightedSum;
            context.parameterGradients[kShift][c] += sum;
            if (dx.data == nullptr) continue;
            const T factor = context.parameters[kScale][c] * inverse;
            const T count = static_cast<T>(layout.count());
            layout.visit(c, [&](std::int64_t i) {
                const T normalised = (x[i] - statistics.mean) * inverse;
                const T correction = context.training ? (sum + normalised * weightedSum) / count : T{0};
                dx[i] = factor * (dy[i] - correction);
            });
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        const std::vector<ParameterSpec> specs = parameters(node.attributes, node.inputShapes);
        std::vector<std::string> inputs = node.inputs;
        for (std::size_t i = 0; i < specs.size(); ++i) {
            inputs.push_back(
                builder.addInitializer(node.node.name + "." + specs[i].name, specs[i].shape, node.parameters[i]));
        }
        // ONNX's momentum is the share of the old value.
        builder.addNode("BatchNormalization", inputs, {node.output}, node.node.name,
                        {{"epsilon", static_cast<float>(node.attributes.real("epsilon"))},
                         {"momentum", static_cast<float>(1.0 - node.attributes.real("momentum"))}});
        return {};
    }

  private:
    template <class T>
    static Statistics<T> usedStatistics(const ReferenceContext<T>& context, const ChannelLayout& layout,
                                        std::int64_t channel) {
        if (context.training) return batchStatistics(context.inputs[0], layout, channel);
        return {context.parameters[kRunningMean][channel], context.parameters[kRunningVariance][channel]};
    }

    template <class T>
    static T inverseDeviation(const ReferenceContext<T>& context, const Statistics<T>& statistics) {
        return T{1} / std::sqrt(statistics.variance + static_cast<T>(context.attributes.real("epsilon")));
    }

    /// The running variance is the unbiased one, as in PyTorch; a single value has none and keeps the biased 0.
    template <class T>
    static void updateRunning(ReferenceContext<T>& context, const Statistics<T>& statistics, std::int64_t count,
                              std::int64_t channel) {
        const T momentum = static_cast<T>(context.attributes.real("momentum"));
        const T unbiased = count > 1 ? statistics.variance * static_cast<T>(count) / static_cast<T>(count - 1)
                                     : statistics.variance;
        T& mean = context.parameters[kRunningMean][channel];
        T& variance = context.parameters[kRunningVariance][channel];
        mean = (T{1} - momentum) * mean + momentum * statistics.mean;
        variance = (T{1} - momentum) * variance + momentum * unbiased;
    }
};

}  // namespace

std::unique_ptr<LayerKind> makeLayerKind_batch_norm() { return std::make_unique<BatchNormLayer>(); }

}  // namespace convolab
