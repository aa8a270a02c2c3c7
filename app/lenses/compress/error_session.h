#pragma once

#include <QObject>
#include <vector>

#include "app/image/background_job.h"
#include "app/lenses/compress/plan_bench.h"
#include "core/compress/quantization/quantization_error.h"

namespace convolab {

class CompressSession;
struct ImageDesk;

/// The error x-ray: what rounding and sharing do to each layer's weights and outputs, on validation images. Follows the plan
/// by itself, in the background, whenever its accuracy stands. UI thread only.
class ErrorSession : public QObject {
    Q_OBJECT

  public:
    static constexpr std::int64_t kImages = 256;  ///< of the validation split's sample, or all it has

    ErrorSession(ImageDesk& desk, CompressSession& compress, QObject* parent = nullptr);

    /// In execution order; empty where the plan rounds nothing or they are not known yet.
    const std::vector<LayerQuantizationError>& rows() const { return m_rows; }
    const LayerQuantizationError* find(NodeId layer) const;
    /// Of the layers on fewer than 32 bits the one whose output keeps least of its signal; null where there is none.
    const LayerQuantizationError* worst() const;
    std::int64_t images() const { return m_images; }
    bool isStale() const;  ///< of an older plan
    BackgroundJob& job() { return m_job; }

  signals:
    void changed();

  private:
    void follow();

    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    LaidPlanPtr m_asked, m_of;  ///< m_of: m_rows'
    std::vector<LayerQuantizationError> m_rows;
    std::int64_t m_images = 0;
};

/// The same at once, for whoever waits: against the plan's weights before they were shared or rounded.
Result<std::vector<LayerQuantizationError>> errorsOf(const LaidPlan& laid, const DatasetPtr& dataset, std::int64_t images,
                                                     class CalibrationCache& calibration, const std::function<bool(double)>& progress = {});

}  // namespace convolab
