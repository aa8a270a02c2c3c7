#pragma once

#include <QObject>
#include <vector>

#include "app/image/background_job.h"
#include "core/compress/sensitivity.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

class CompressSession;
struct ImageDesk;

/// One curve per layer, measured in the background a point at a time; cancelling keeps what was done. UI thread only.
class SensitivitySession : public QObject {
    Q_OBJECT

  public:
    SensitivitySession(ImageDesk& desk, CompressSession& compress, QObject* parent = nullptr);

    void run();
    void clear();  ///< another network
    BackgroundJob& job() { return m_job; }
    const std::vector<SensitivityCurve>& curves() const { return m_curves; }
    bool isStale() const;  ///< of other weights than those that lie there now
    const QuickAccuracy::Answer& baseline() const { return m_baseline; }  ///< nothing pruned, on the same images
    std::string layerName(NodeId layer) const;

  signals:
    void changed();

  private:
    void add(const SensitivityPoint& point);

    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    std::vector<SensitivityCurve> m_curves;
    WeightSetPtr m_weights;  ///< of the curves
    std::shared_ptr<const NetworkSpec> m_network;
    QuickAccuracy::Answer m_baseline;
};

/// A curve per layer over its sparsity, and rings where the plan stands now.
PlotDescription sensitivityPlot(const SensitivitySession& sensitivity, const CompressionPlan& plan);

}  // namespace convolab
