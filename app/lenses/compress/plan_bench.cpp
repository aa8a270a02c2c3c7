#include "app/lenses/compress/plan_bench.h"

#include <algorithm>
#include <cmath>

#include "core/compress/coding/packed_size.h"
#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"

namespace convolab {

namespace {

constexpr std::int64_t kFloatBytes = 4;

/// What the network had already lost stays lost: an applied plan is part of its weights.
void keepZeros(Masks& masks, const WeightSet& weights) {
    const Masks zeros = masksOfZeros(weights);
    for (std::size_t i = 0; i < masks.keep.size(); ++i) masks.keep[i] = masks.keep[i] & zeros.keep[i];
}

}  // namespace

double PlanFigures::bits() const {
    double sum = 0.0;
    for (const LayerFigures& layer : layers) sum += static_cast<double>(layer.kept) * layer.plan.bits;
    return kept > 0 ? sum / static_cast<double>(kept) : static_cast<double>(kFloatBits);
}

const LayerFigures* PlanFigures::find(NodeId layer) const {
    const auto found = std::find_if(layers.begin(), layers.end(), [layer](const LayerFigures& each) { return each.layer == layer; });
    return found == layers.end() ? nullptr : &*found;
}

Result<LaidPlanPtr> layPlan(const PlanGround& ground, const CompressionPlan& plan) {
    auto laid = std::make_shared<LaidPlan>();
    laid->ground = ground;
    laid->plan = plan;
    const NetworkSpec& network = *ground.network;
    if (ground.tuned) {
        laid->masks = std::make_shared<const Masks>(masksOfZeros(*ground.tuned));
    } else {
        CONVOLAB_ASSIGN(Masks masks, makeMasks(network, *ground.base, plan));
        keepZeros(masks, *ground.base);
        laid->masks = std::make_shared<const Masks>(std::move(masks));
    }
    laid->weights = std::make_shared<const WeightSet>(masked(laid->start(), *laid->masks));
    CONVOLAB_ASSIGN(const PackedSize packed, estimatedSize(network, *laid->weights, plan, laid->masks.get()));
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
    // Nothing to pack: the parameters as they are, without a file around them.
    figures.bytes = figures.kept == figures.weights && !plan.shares() ? packed.denseBytes() : packed.bytes();
    figures.nonZeroMacs = nonZeroMacs(network, *laid->masks);
    const Analysis analysis = analyze(network);
    for (const NodeId node : analysis.order) {
        if (const NodeAnalysis* layer = analysis.find(node)) figures.macs += layer->cost.macs;
    }
    return LaidPlanPtr(std::move(laid));
}

}  // namespace convolab
