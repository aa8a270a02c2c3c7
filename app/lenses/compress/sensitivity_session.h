#pragma once

#include <QObject>
#include <array>
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

    /// What each layer is put through alone: a share of it goes, or its weights keep few bits.
    enum class Kind { Pruning, Bits };
    Kind kind() const { return m_kind; }
    void setKind(Kind kind);  ///< which of the two is spoken of below

    void run();
    void clear();  ///< another network
    BackgroundJob& job() { return m_job; }
    const std::vector<SensitivityCurve>& curves() const { return now().curves; }
    bool isStale() const;  ///< of other weights than those that lie there now
    const QuickAccuracy::Answer& baseline() const { return now().baseline; }  ///< the network as it is, on the same images
    std::string layerName(NodeId layer) const;

  signals:
    void changed();

  private:
    struct Measured {
        std::vector<SensitivityCurve> curves;
        WeightSetPtr weights;
        std::shared_ptr<const NetworkSpec> network;
        QuickAccuracy::Answer baseline;
    };
    const Measured& now() const { return m_measured[static_cast<std::size_t>(m_kind)]; }
    SensitivityOptions options(const CompressionPlan& plan) const;
    void add(Measured& measured, const SensitivityPoint& point);

    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    Kind m_kind = Kind::Pruning;
    std::array<Measured, 2> m_measured;
};

/// A curve per layer over its sparsity or its bits, and rings where the plan stands now.
PlotDescription sensitivityPlot(const SensitivitySession& sensitivity, const CompressionPlan& plan);

}  // namespace convolab
