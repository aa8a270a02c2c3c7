#include "app/lenses/compress/layer_weights.h"

#include "core/compress/weight_groups.h"

namespace convolab {

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
