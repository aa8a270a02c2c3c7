#include "app/lenses/compress/plan_bench.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/compress/coding/packed_size.h"
#include "core/compress/quantization/integer_network.h"
#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"

namespace convolab {

namespace {

constexpr std::int64_t kFloatBytes = 4;
constexpr float kSameValue = 1e-5F;  // of the largest: a scale that is worked out again may differ in its last bit

/// What the network had already lost stays lost: an applied plan is part of its weights.
void keepZeros(Masks& masks, const WeightSet& weights) {
    const Masks zeros = masksOfZeros(weights);
    for (std::size_t i = 0; i < masks.keep.size(); ++i) masks.keep[i] = masks.keep[i] & zeros.keep[i];
}

/// The cut as the plan makes it where the fine-tuned weights keep to it: a weight that a grid rounded to 0 is not pruned.
/// Otherwise (pruned step by step) what is 0.
Result<MasksPtr> masksOver(const PlanGround& ground, const CompressionPlan& plan) {
    CONVOLAB_ASSIGN(Masks masks, makeMasks(*ground.network, *ground.base, plan));
    keepZeros(masks, *ground.base);
    if (ground.tuned) {
        const std::vector<float>& tuned = ground.tuned->parameters;
        bool obeyed = true;
        for (std::size_t i = 0; obeyed && i < tuned.size(); ++i) obeyed = masks.keep[i] != 0 || tuned[i] == 0.0F;
        if (!obeyed) masks = masksOfZeros(*ground.tuned);
    }
    return MasksPtr(std::make_shared<const Masks>(std::move(masks)));
}

bool sameSharing(const CompressionPlan& a, const CompressionPlan& b, NodeId layer) {
    const LayerCompression &left = a.of(layer), &right = b.of(layer);
    const auto shares = [](const LayerCompression& one) { return one.bits < kFloatBits && one.levels == WeightLevels::KMeans; };
    return shares(left) == shares(right) && (!shares(left) || (left.bits == right.bits && a.seed == b.seed));
}

bool sameLevels(const CompressionPlan& a, const CompressionPlan& b, NodeId layer) {
    const LayerCompression &left = a.of(layer), &right = b.of(layer);
    if (left.bits != right.bits || (left.bits < kFloatBits && left.levels != right.levels)) return false;
    const bool grid = left.bits < kFloatBits && left.levels == WeightLevels::Uniform;
    return !grid || (a.quantization.perChannel == b.quantization.perChannel && a.quantization.range == b.quantization.range);
}

/// Rounded or shared weights: to do it again changes nothing.
bool liesOnLevels(const WeightSet& weights, const ParameterEntry& entry, const CompressionPlan& plan, const NetworkSpec& network) {
    const std::span<const float> values = weights.values(entry);
    if (plan.of(entry.node).levels == WeightLevels::KMeans) {
        std::set<float> different;
        for (const float value : values) {
            if (value != 0.0F) different.insert(value);
            if (different.size() > std::size_t{1} << plan.of(entry.node).bits) return false;
        }
        return true;
    }
    CompressionPlan alone;
    alone.quantization = plan.quantization;
    alone.layers[entry.node] = plan.of(entry.node);
    const auto rounded = dequantizedWeights(network, weights, alone);
    if (!rounded.ok()) return false;
    const std::span<const float> again = rounded->values(entry);
    float largest = 0.0F, difference = 0.0F;
    for (std::size_t i = 0; i < values.size(); ++i) {
        largest = std::max(largest, std::abs(values[i]));
        difference = std::max(difference, std::abs(values[i] - again[i]));
    }
    return difference <= kSameValue * largest;
}

/// Codebooks of what is pruned the same way already are taken over: k-means of a large layer takes its time.
Status share(LaidPlan& laid, const LaidPlan* before) {
    CompressionPlan left = laid.plan;
    bool all = before != nullptr;
    for (const NodeId layer : compressibleLayers(*laid.ground.network)) {
        const bool same = before != nullptr && sameSharing(laid.plan, before->plan, layer);
        all = all && same;
        if (!same) continue;
        const auto found = before->codebooks.find(layer);
        if (found != before->codebooks.end()) laid.codebooks.insert(*found);
        left.layers.erase(layer);
    }
    if (all) {
        laid.shared = before->shared;
        return {};
    }
    if (left.shares()) {
        CONVOLAB_ASSIGN(Codebooks made, makeCodebooks(*laid.ground.network, *laid.pruned, left, laid.masks.get()));
        laid.codebooks.merge(made);
    }
    laid.shared = laid.codebooks.empty() ? laid.pruned : std::make_shared<const WeightSet>(convolab::shared(*laid.pruned, laid.codebooks));
    return {};
}

/// Masks, codebooks, grids.
Status layWeights(LaidPlan& laid, const LaidPlanPtr& before) {
    const bool sameCut = before && before->ground == laid.ground && samePruning(before->plan, laid.plan);
    if (sameCut) {
        laid.masks = before->masks;
        laid.pruned = before->pruned;
    } else {
        CONVOLAB_ASSIGN(laid.masks, masksOver(laid.ground, laid.plan));
        laid.pruned = std::make_shared<const WeightSet>(masked(laid.start(), *laid.masks));
    }
    CONVOLAB_RETURN_IF_ERROR(share(laid, sameCut ? before.get() : nullptr));
    laid.weights = laid.shared;
    if (!laid.plan.quantizes()) return {};
    CONVOLAB_ASSIGN(WeightSet rounded, dequantizedWeights(*laid.ground.network, *laid.shared, laid.plan));
    laid.weights = std::make_shared<const WeightSet>(std::move(rounded));
    return {};
}

}  // namespace

bool samePruning(const CompressionPlan& a, const CompressionPlan& b) {
    const auto covers = [](const CompressionPlan& one, const CompressionPlan& other) {
        return std::all_of(one.layers.begin(), one.layers.end(), [&other](const auto& item) {
            const LayerCompression &left = item.second, &right = other.of(item.first);
            const bool prunes = left.sparsity > 0 || right.sparsity > 0;
            return left.sparsity == right.sparsity && (!prunes || left.granularity == right.granularity);
        });
    };
    if (!covers(a, b) || !covers(b, a)) return false;
    return (!a.prunes() && !b.prunes()) || (a.criterion == b.criterion && a.seed == b.seed);
}

bool staysTuned(const WeightSet& tuned, const CompressionPlan& before, const CompressionPlan& after, const NetworkSpec& network) {
    if (!samePruning(before, after)) return false;
    for (const NodeId layer : compressibleLayers(network)) {
        if (before.of(layer).bits >= kFloatBits || sameLevels(before, after, layer)) continue;
        if (liesOnLevels(tuned, *weightEntry(*tuned.layout, layer), before, network)) return false;
    }
    return true;
}

bool usesIntegers(const CompressionPlan& plan) { return plan.quantizes() && plan.quantization.activationBits < kFloatBits; }

Arithmetic arithmeticOf(const CompressionPlan& plan) {
    if (usesIntegers(plan)) return Arithmetic::Integers;
    return plan.quantizes() || plan.shares() ? Arithmetic::Rounded : Arithmetic::Float32;
}

double PlanFigures::bits() const {
    double sum = 0.0;
    for (const LayerFigures& layer : layers) sum += static_cast<double>(layer.kept) * layer.plan.bits;
    return kept > 0 ? sum / static_cast<double>(kept) : static_cast<double>(kFloatBits);
}

const LayerFigures* PlanFigures::find(NodeId layer) const {
    const auto found = std::find_if(layers.begin(), layers.end(), [layer](const LayerFigures& each) { return each.layer == layer; });
    return found == layers.end() ? nullptr : &*found;
}

Result<LaidPlanPtr> layPlan(const PlanGround& ground, const CompressionPlan& plan, const LaidPlanPtr& before) {
    auto laid = std::make_shared<LaidPlan>();
    laid->ground = ground;
    laid->plan = plan;
    const NetworkSpec& network = *ground.network;
    CONVOLAB_RETURN_IF_ERROR(layWeights(*laid, before));
    CONVOLAB_ASSIGN(const PackedSize packed, estimatedSize(network, *laid->pruned, plan, laid->masks.get()));
    PlanFigures& figures = laid->figures;
    const ParameterLayout& layout = *laid->weights->layout;
    for (const NodeId layer : compressibleLayers(network)) {
        const ParameterEntry* entry = weightEntry(layout, layer);
        const Masks::Count count = laid->masks->count(layer);
        LayerFigures one{layer, entry->nodeName, plan.of(layer), count.total, count.kept, 0, 0};
        std::int64_t others = 0;  // its bias
        for (const ParameterEntry& each : layout.entries) {
            if (each.node == layer && each.offset != entry->offset && each.spec.trainable) others += each.spec.shape.size() * kFloatBytes;
        }
        one.denseBytes = count.total * kFloatBytes + others;
        const auto coded = std::find_if(packed.layers.begin(), packed.layers.end(),
                                        [layer](const LayerBytes& each) { return each.layer == layer; });
        const bool whole = coded == packed.layers.end() || (count.kept == count.total && one.plan.bits == kFloatBits);
        one.bytes = whole ? one.denseBytes : coded->stages.back() + others;
        figures.layers.push_back(std::move(one));
        figures.weights += count.total;
        figures.kept += count.kept;
    }
    figures.denseBytes = packed.denseBytes();
    for (const StageBytes& stage : packed.stages) figures.stages.push_back(stage.bytes);
    // Nothing to pack: the parameters as they are, without a file around them.
    const bool whole = figures.kept == figures.weights && !plan.shares();
    figures.bytes = !whole ? packed.bytes() : plan.quantizes() ? packedBytes(network, *laid->shared, plan) : packed.denseBytes();
    figures.nonZeroMacs = nonZeroMacs(network, *laid->masks);
    const Analysis analysis = analyze(network);
    for (const NodeId node : analysis.order) {
        if (const NodeAnalysis* layer = analysis.find(node)) figures.macs += layer->cost.macs;
    }
    return LaidPlanPtr(std::move(laid));
}

}  // namespace convolab
