#include "core/compress/quantization/weights_only_model.h"

namespace convolab {

namespace {

class WeightsOnlyModel final : public QuantizedModel {
  public:
    WeightsOnlyModel(std::unique_ptr<Model> model, const CompressionPlan& plan) : m_model(std::move(model)), m_plan(plan) {}

    const Shape& inputShape() const override { return m_model->inputShape(); }
    const Shape& outputShape() const override { return m_model->outputShape(); }
    std::int64_t maximumBatch() const override { return m_model->options().maximumBatch; }

    std::vector<QuantizedLayerPlan> plan() const override {
        std::vector<QuantizedLayerPlan> rows;
        for (const LayerPlan& layer : m_model->plan()) {
            const int bits = m_plan.of(layer.node).bits;
            const std::string how = bits < kFloatBits ? "float32 with weights on a " + std::to_string(bits) + "-bit grid" : "float32";
            rows.push_back({.node = layer.node, .name = layer.name, .integer = false, .how = how, .implementation = layer.implementation});
        }
        return rows;
    }

    View<const float> forward(View<const float> images) override { return m_model->forward(images); }
    View<const float> logits() const override { return m_model->logits(); }
    LossResult evaluate(View<const float> images, std::span<const int> labels) override {
        return m_model->evaluate(images, labels);
    }
    Tensor valueOf(NodeId) const override { return {}; }
    std::vector<double> layerSeconds() const override { return {}; }

  private:
    std::unique_ptr<Model> m_model;
    CompressionPlan m_plan;
};

}  // namespace

Result<std::unique_ptr<QuantizedModel>> makeWeightsOnlyModel(const NetworkSpec& spec, const WeightSet& weights,
                                                             const CompressionPlan& plan,
                                                             const QuantizedModelOptions& options, const CompileModel& compile) {
    CompileOptions wanted;
    wanted.maximumBatch = options.maximumBatch;
    CONVOLAB_ASSIGN(auto model, compile ? compile(spec, wanted) : Model::compile(spec, wanted));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, *model->layout()));
    CONVOLAB_ASSIGN(const WeightSet rounded, dequantizedWeights(spec, weights, plan));
    CONVOLAB_RETURN_IF_ERROR(model->bind(rounded));
    return std::unique_ptr<QuantizedModel>(std::make_unique<WeightsOnlyModel>(std::move(model), plan));
}

}  // namespace convolab
