#include "core/backend/gpu_quantized_model.h"

#include <algorithm>

#include "core/backend/gpu_model.h"
#include "core/backend/gpu_quantized.h"
#include "core/backend/gpu_session.h"
#include "core/backend/gpu_text.h"
#include "core/compress/quantization/weights_only_model.h"
#include "core/util/check.h"
#include "core/util/device_lost.h"

namespace convolab {

namespace {

class GpuIntegers final : public QuantizedModel {
  public:
    GpuIntegers(const ConvolabGpuSessionCalls& calls, GpuSessionPointer session, IntegerNetwork network, std::int64_t maximumBatch)
        : m_calls(calls), m_session(std::move(session)), m_network(std::move(network)), m_maximumBatch(maximumBatch),
          m_output(outputShape().withBatch(maximumBatch)), m_logits(layer(m_network.logits).output.withBatch(maximumBatch)) {}

    const Shape& inputShape() const override { return m_network.layers.front().output; }
    const Shape& outputShape() const override { return layer(m_network.output).output; }
    std::int64_t maximumBatch() const override { return m_maximumBatch; }

    std::vector<QuantizedLayerPlan> plan() const override {
        return planOf(m_network, [this](std::size_t i) -> std::string {
            const IntegerLayer& step = m_network.layers[i];
            if (std::holds_alternative<PassOn>(step.operation)) return {};
            return step.isFloat() ? "CUDA, float32" : "CUDA, int8";
        });
    }

    View<const float> forward(View<const float> images) override {
        run(images, nullptr, nullptr);
        return {m_output.data(), outputShape().withBatch(m_n)};
    }
    View<const float> logits() const override { return {m_logits.data(), layer(m_network.logits).output.withBatch(m_n)}; }

    LossResult evaluate(View<const float> images, std::span<const int> labels) override {
        CONVOLAB_CHECK(static_cast<std::int64_t>(labels.size()) >= images.shape[0], "a label for every image");
        const std::vector<std::int32_t> own(labels.begin(), labels.end());
        ConvolabGpuLoss loss{};
        run(images, own.data(), &loss);
        return {loss.loss, loss.correct, m_n};
    }

    Tensor valueOf(NodeId) const override { failCheck("keepValues", __FILE__, __LINE__, "the model does not keep its layers' values"); }
    std::vector<double> layerSeconds() const override { return {}; }

  private:
    const IntegerLayer& layer(int step) const { return m_network.layers[static_cast<std::size_t>(step)]; }

    void run(View<const float> images, const std::int32_t* labels, ConvolabGpuLoss* loss) {
        CONVOLAB_CHECK(images.data != nullptr && images.shape.rank() > 1 && images.shape == inputShape().withBatch(images.shape[0]),
                       "the network takes images of " + inputShape().text() + ", the batch is " + images.shape.text());
        CONVOLAB_CHECK(images.shape[0] >= 1 && images.shape[0] <= m_maximumBatch, "a batch of " + std::to_string(images.shape[0]) + " images");
        m_n = images.shape[0];
        ConvolabGpuFailure failure{};
        if (m_calls.evaluate(m_session.get(), images.data, labels, m_n, loss, m_output.data(), m_logits.data(), &failure) == 0) {
            throw DeviceLost(gpuFailure(failure, m_maximumBatch));
        }
    }

    const ConvolabGpuSessionCalls& m_calls;
    GpuSessionPointer m_session;
    IntegerNetwork m_network;
    std::int64_t m_maximumBatch;
    Tensor m_output, m_logits;
    std::int64_t m_n = 0;
};

}  // namespace

Result<std::unique_ptr<QuantizedModel>> quantizedOnGpu(const ConvolabGpuModule& module, int ordinal, const NetworkSpec& spec, const WeightSet& weights,
                                                       const CompressionPlan& plan, const ActivationRanges& ranges, const QuantizedModelOptions& options) {
    if (plan.quantization.activationBits >= kFloatBits) {
        return makeWeightsOnlyModel(spec, weights, plan, options,
                                    [&](const NetworkSpec& network, const CompileOptions& compile) { return compileOnGpu(module, ordinal, network, compile); });
    }
    CONVOLAB_ASSIGN(IntegerNetwork network, makeIntegerNetwork(spec, weights, plan, ranges));
    return integersOnGpu(module, ordinal, std::move(network), options);
}

Result<std::unique_ptr<QuantizedModel>> integersOnGpu(const ConvolabGpuModule& module, int ordinal, IntegerNetwork network, const QuantizedModelOptions& options) {
    if (options.keepValues) return Error{ErrorCode::Unsupported, "integers on a GPU do not keep the values of each layer", {}, "use the CPU for that"};
    CONVOLAB_ASSIGN(const GpuQuantizedNetwork made, describeGpuQuantized(network));
    const ConvolabGpuOptions wanted{.ordinal = ordinal, .maximumBatch = options.maximumBatch, .training = 0, .crossEntropy = 1, .precision = kGpuFloat32, .updateStates = 0};
    ConvolabGpuSession* opened = nullptr;
    ConvolabGpuFailure failure{};
    if (module.session.open(&made.described.network, &wanted, &opened, &failure) == 0) return gpuFailure(failure, options.maximumBatch);
    GpuSessionPointer session(opened, CloseGpuSession{&module.session});
    if (module.session.writeWeights(opened, made.parameters.data(), made.statistics.data(), &failure) == 0) return gpuFailure(failure, options.maximumBatch);
    return std::unique_ptr<QuantizedModel>(std::make_unique<GpuIntegers>(module.session, std::move(session), std::move(network), options.maximumBatch));
}

}  // namespace convolab
