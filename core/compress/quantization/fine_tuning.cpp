#include "core/compress/quantization/fine_tuning.h"

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

/// One grid's weights in the flat buffer.
struct Part {
    std::size_t offset = 0, count = 0;
    int bits = 8;
    float covered = 1.0F;  ///< the grid's end as a share of the largest weight
};

float largest(std::span<const float> values) {
    float size = 0.0F;
    for (const float value : values) size = std::max(size, std::abs(value));
    return size;
}

class RoundedWeights final : public WeightConstraint {
  public:
    RoundedWeights(std::vector<Part> parts, std::shared_ptr<const WeightConstraint> inner)
        : m_parts(std::move(parts)), m_inner(std::move(inner)) {}

    void adaptGradients(std::span<float> gradients) const override {
        if (m_inner) m_inner->adaptGradients(gradients);
    }
    void project(std::span<float> parameters) const override {
        if (m_inner) m_inner->project(parameters);
    }
    bool usesOtherWeights() const override { return true; }

    void use(std::span<const float> trained, std::span<float> used) const override {
        if (m_inner && m_inner->usesOtherWeights()) m_inner->use(trained, used);
        else std::ranges::copy(trained, used.begin());
        for (const Part& part : m_parts) {
            const std::span<float> values = used.subspan(part.offset, part.count);
            fakeQuantize(weightQuantizer(part.covered * largest(values), part.bits), values, values);
        }
    }

  private:
    std::vector<Part> m_parts;
    std::shared_ptr<const WeightConstraint> m_inner;
};

}  // namespace

Result<std::shared_ptr<const WeightConstraint>> roundedWeights(const NetworkSpec& spec, const WeightSet& weights,
                                                               const CompressionPlan& plan,
                                                               std::shared_ptr<const WeightConstraint> inner) {
    std::vector<Part> parts;
    for (const auto& [node, wanted] : plan.layers) {
        if (wanted.bits >= kFloatBits || wanted.levels != WeightLevels::Uniform || spec.node(node) == nullptr) continue;
        const ParameterEntry* entry = weights.layout->find(node, "weight");
        if (entry == nullptr) continue;
        const std::span<const float> values = weights.values(*entry);
        CONVOLAB_ASSIGN(const WeightGrids grids, weightGrids(values, entry->spec.shape[0], wanted.bits, plan.quantization));
        const std::size_t each = values.size() / grids.grids.size();
        for (std::size_t i = 0; i < grids.grids.size(); ++i) {
            const float end = largest(values.subspan(i * each, each));
            const float covered = end > 0.0F ? std::min(1.0F, grids.grids[i].range().high / end) : 1.0F;
            parts.push_back({entry->offset + i * each, each, wanted.bits, covered});
        }
    }
    if (parts.empty()) {
        return Error{ErrorCode::InvalidArgument, "the plan quantises no layer, so there is nothing to fine-tune for", "",
                     "give at least one convolution or dense layer 8 bits or fewer"};
    }
    return std::shared_ptr<const WeightConstraint>(std::make_shared<RoundedWeights>(std::move(parts), std::move(inner)));
}

std::map<NodeId, RoundedActivation> roundedActivations(const IntegerNetwork& network) {
    std::map<NodeId, RoundedActivation> rounded;
    for (const IntegerLayer& layer : network.layers) {
        const bool ownGrid = !std::holds_alternative<PassOn>(layer.operation) && !std::holds_alternative<int8::MaxPool>(layer.operation) &&
                             !std::holds_alternative<int8::Flatten>(layer.operation);
        if (!layer.grid || !ownGrid) continue;
        rounded[layer.last()] = {layer.grid->scale, static_cast<float>(layer.grid->zeroPoint),
                                 static_cast<float>(layer.grid->lowest), static_cast<float>(layer.grid->highest)};
    }
    return rounded;
}

}  // namespace convolab
