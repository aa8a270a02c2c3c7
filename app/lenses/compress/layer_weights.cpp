#include "app/lenses/compress/layer_weights.h"

#include <algorithm>

#include "core/compress/quantization/integer_network.h"
#include "core/compress/weight_groups.h"

namespace convolab {

namespace {

/// The values that the kept weights may take: the codebook, or the grid; with a grid for each filter the widest one.
std::vector<double> levelsOf(const LaidPlan& laid, const ParameterEntry& entry) {
    const LayerCompression& plan = laid.plan.of(entry.node);
    std::vector<double> levels;
    if (plan.bits >= kFloatBits) return levels;
    if (plan.levels == WeightLevels::KMeans) {
        const auto found = laid.codebooks.find(entry.node);
        if (found != laid.codebooks.end()) levels.assign(found->second.centroids.begin(), found->second.centroids.end());
        std::sort(levels.begin(), levels.end());
        return levels;
    }
    const auto grids = weightGrids(laid.shared->values(entry), entry.spec.shape[0], plan.bits, laid.plan.quantization);
    if (!grids.ok()) return levels;
    const AffineQuantizer& widest = *std::max_element(grids->grids.begin(), grids->grids.end(), [](const auto& a, const auto& b) { return a.scale < b.scale; });
    for (std::int32_t code = widest.lowest; code <= widest.highest; ++code) levels.push_back(widest.dequantize(code));
    return levels;
}

}  // namespace

LayerViewPtr makeLayerView(const LaidPlanPtr& laid, NodeId layer, std::size_t bins, const LayerViewPtr& before) {
    auto view = std::make_shared<LayerView>();
    view->laid = laid;
    view->layer = layer;
    // The cut is drawn on the weights that it cuts; those that were fine-tuned have lost what was pruned.
    const WeightSet& start = *laid->ground.base;
    const ParameterEntry* entry = weightEntry(*start.layout, layer);
    if (entry == nullptr) return view;
    const std::span<const float> weights = start.values(*entry);
    const bool same = before && before->layer == layer && before->laid->ground.base == laid->ground.base && before->curve;
    view->curve = same ? before->curve : std::make_shared<const MagnitudeCurve>(weights);
    view->histogram = prunedHistogram(weights, layerMask(*laid->masks, layer), bins);
    view->histogram.levels = levelsOf(*laid, *entry);
    const LayerCompression& plan = laid->plan.of(layer);
    if (laid->plan.criterion == "magnitude" && plan.granularity == Granularity::Weight) view->threshold = view->curve->thresholdAt(plan.sparsity);
    return view;
}

void LayerWeights::show(const LaidPlanPtr& laid, NodeId layer) {
    if (!laid || !layer) {
        m_view.reset();
        emit changed();
        return;
    }
    m_task.start<LayerViewPtr>([laid, layer, before = m_view] { return makeLayerView(laid, layer, kBins, before); },
                               [this](LayerViewPtr view) {
                                   m_view = std::move(view);
                                   emit changed();
                               });
}

}  // namespace convolab
