#pragma once

#include <QObject>
#include <memory>
#include <optional>

#include "app/lenses/compress/plan_bench.h"
#include "app/lenses/look_inside/latest_task.h"
#include "core/compress/sparsity.h"
#include "widgets/weights/pruned_histogram.h"

namespace convolab {

/// What the histogram shows of one layer. Made on a thread of the pool.
struct LayerView {
    LaidPlanPtr laid;
    NodeId layer;
    std::shared_ptr<const MagnitudeCurve> curve;  ///< of the weights before this plan's cut
    PrunedHistogram histogram;                    ///< of the same, with what the plan prunes, and the levels that it leaves
    std::optional<double> threshold;              ///< on |w|; nothing where no threshold on single weights cuts
};
using LayerViewPtr = std::shared_ptr<const LayerView>;

/// Sorts and counts a layer's weights whenever the plan or the layer is another; the newest wish wins. UI thread only.
class LayerWeights : public QObject {
    Q_OBJECT

  public:
    static constexpr std::size_t kBins = 101;

    using QObject::QObject;

    void show(const LaidPlanPtr& laid, NodeId layer);
    LayerViewPtr view() const { return m_view; }  ///< null before the first

  signals:
    void changed();

  private:
    LatestTask m_task;
    LayerViewPtr m_view;
};

/// The same at once, for whoever waits.
LayerViewPtr makeLayerView(const LaidPlanPtr& laid, NodeId layer, std::size_t bins, const LayerViewPtr& before = {});

}  // namespace convolab
