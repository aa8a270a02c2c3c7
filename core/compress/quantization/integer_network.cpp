#include "core/compress/quantization/integer_network.h"

#include <algorithm>
#include <cmath>

#include "core/compress/quantization/lowering.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kWeightBins = 512;

/// The weight tensor of a layer that the plan puts on an evenly spaced grid, else null.
const ParameterEntry* quantizedWeight(const CompressionPlan& plan, const ParameterLayout& layout, NodeId node) {
    const LayerCompression& wanted = plan.of(node);
    if (wanted.bits >= kFloatBits || wanted.levels != WeightLevels::Uniform) return nullptr;
    return layout.find(node, "weight");
}

template <class Visit>
Status visitQuantized(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan, Visit&& visit) {
    for (const auto& [node, wanted] : plan.layers) {
        const ParameterEntry* entry = quantizedWeight(plan, *weights.layout, node);
        if (entry == nullptr || spec.node(node) == nullptr || spec.node(node)->kind == "batch_norm") continue;
        CONVOLAB_RETURN_IF_ERROR(visit(node, *entry, wanted.bits));
    }
    return {};
}

std::int64_t macsOf(const NetworkSpec& spec, const Analysis& analysis, NodeId node) {
    return spec.node(node) == nullptr ? 0 : analysis.find(node)->cost.macs;
}

}  // namespace

std::int64_t IntegerNetwork::integerMacs() const {
    const Analysis analysis = analyze(spec);
    std::int64_t sum = 0;
    for (const IntegerLayer& layer : layers) sum += layer.isFloat() ? 0 : macsOf(spec, analysis, layer.node);
    return sum;
}

std::int64_t IntegerNetwork::floatMacs() const { return analyze(spec).total.macs - integerMacs(); }

Result<WeightGrids> weightGrids(std::span<const float> weights, std::int64_t outputs, int bits,
                                const QuantizationSettings& settings) {
    CONVOLAB_ASSIGN(const RangeRule* rule, rangeRuleNamed(settings.range));
    const std::size_t grids = settings.perChannel ? static_cast<std::size_t>(outputs) : 1;
    const std::size_t each = weights.size() / grids;
    const GridForm form{.bits = bits, .symmetric = true};
    WeightGrids result;
    for (std::size_t i = 0; i < grids; ++i) {
        const auto own = weights.subspan(i * each, each);
        if (std::ranges::any_of(own, [](float value) { return !std::isfinite(value); })) {
            return Error{ErrorCode::InvalidArgument, "its weights are not finite numbers", "",
                         "quantise a network whose training did not diverge"};
        }
        const RangeRule used = rule->clipsWeights ? *rule : minmaxRange();
        result.grids.push_back(form.over(used.choose(ValueDistribution::of(own, kWeightBins), form)));
    }
    return result;
}

Result<IntegerNetwork> makeIntegerNetwork(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                          const ActivationRanges& ranges) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analysis)));
    if (plan.quantization.activationBits >= kFloatBits) {
        return Error{ErrorCode::InvalidArgument, "activations of 32 bits leave nothing to compute in integers", "",
                     "give the activations 8 bits or fewer"};
    }
    return Lowering(spec, analysis, weights, plan, ranges).run();
}

Result<WeightSet> dequantizedWeights(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan) {
    WeightSet result = weights;
    CONVOLAB_RETURN_IF_ERROR(visitQuantized(spec, weights, plan, [&](NodeId node, const ParameterEntry& entry, int bits) -> Status {
        const std::span<const float> values = weights.values(entry);
        auto grids = weightGrids(values, entry.spec.shape[0], bits, plan.quantization);
        if (!grids.ok()) {
            Error error = grids.error();
            error.node = spec.node(node)->name;
            return error;
        }
        const std::size_t each = values.size() / static_cast<std::size_t>(entry.spec.shape[0]);
        const std::span<float> target = std::span(result.parameters).subspan(entry.offset, values.size());
        for (std::int64_t o = 0; o < entry.spec.shape[0]; ++o) {
            const std::size_t first = static_cast<std::size_t>(o) * each;
            fakeQuantize(grids->of(o), values.subspan(first, each), target.subspan(first, each));
        }
        return {};
    }));
    return result;
}

std::int64_t packedBytes(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan) {
    const Analysis analysis = analyze(spec);
    std::int64_t bytes = 4 * static_cast<std::int64_t>(weights.layout->parameterCount + weights.layout->statisticCount);
    for (const FusedLayer& layer : inferenceLayers(spec, analysis)) {
        const ParameterEntry* entry = quantizedWeight(plan, *weights.layout, layer.node);
        if (entry == nullptr || spec.node(layer.node)->kind == "batch_norm") continue;
        const std::int64_t count = entry->spec.shape.size(), outputs = entry->spec.shape[0];
        bytes -= 4 * count;
        bytes += (count * plan.of(layer.node).bits + 7) / 8 + 4 * (plan.quantization.perChannel ? outputs : 1);
        if (!layer.batchNorm) continue;
        // Its four vectors become the scales and the bias of the layer before it.
        bytes -= 4 * 4 * outputs;
        if (!plan.quantization.perChannel) bytes += 4 * (outputs - 1);
        if (weights.layout->find(layer.node, "bias") == nullptr) bytes += 4 * outputs;
    }
    return bytes;
}

}  // namespace convolab
