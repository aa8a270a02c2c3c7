#include "app/lenses/compress/error_session.h"

#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lenses/compress/compress_session.h"

namespace convolab {

Result<std::vector<LayerQuantizationError>> errorsOf(const LaidPlan& laid, const DatasetPtr& dataset, std::int64_t images,
                                                     CalibrationCache& calibration, const std::function<bool(double)>& progress) {
    ActivationRanges ranges;
    if (usesIntegers(laid.plan)) {
        CONVOLAB_ASSIGN(const ActivationStatisticsPtr seen, calibration.statistics(laid, dataset, [&] { return !progress || progress(0.0); }));
        CONVOLAB_ASSIGN(ranges, chooseRanges(*seen, laid.plan.quantization));
    }
    CompressionPlan plan = laid.plan;
    // Codebooks alone give no integers: activations stay as they are.
    if (!plan.quantizes()) plan.quantization.activationBits = kFloatBits;
    return quantizationErrors(*laid.ground.network, *laid.shared, plan, ranges, *dataset, Split::Validation,
                              sampleOf(*dataset, Split::Validation, images), progress, laid.pruned.get());
}

ErrorSession::ErrorSession(ImageDesk& desk, CompressSession& compress, QObject* parent) : QObject(parent), m_desk(desk), m_compress(compress) {
    connect(&m_job, &BackgroundJob::changed, this, &ErrorSession::changed);
    connect(&m_compress, &CompressSession::laidChanged, this, &ErrorSession::follow);
    connect(&m_compress, &CompressSession::accuracyChanged, this, &ErrorSession::follow);
}

const LayerQuantizationError* ErrorSession::find(NodeId layer) const {
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [layer](const auto& row) { return row.node == layer; });
    return found == m_rows.end() ? nullptr : &*found;
}

const LayerQuantizationError* ErrorSession::worst() const {
    const LayerQuantizationError* worst = nullptr;
    for (const LayerQuantizationError& row : m_rows) {
        if (row.bits < kFloatBits && (worst == nullptr || row.outputSqnr < worst->outputSqnr)) worst = &row;
    }
    return worst;
}

bool ErrorSession::isStale() const { return m_of && (m_of != m_compress.laid() || m_compress.laidWaits()); }

void ErrorSession::follow() {
    const LaidPlanPtr laid = m_compress.laid();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!laid || !dataset || arithmeticOf(laid->plan) == Arithmetic::Float32) {
        if (!m_asked && m_rows.empty()) return;
        m_asked.reset();
        m_of.reset();
        m_rows.clear();
        m_job.reset();
        emit changed();
        return;
    }
    if (laid == m_asked || m_compress.laidWaits() || !m_compress.accuracy() || m_compress.accuracyWaits()) return;
    m_asked = laid;
    m_job.start<std::vector<LayerQuantizationError>>(
        tr("Looking at the errors"),
        [laid, dataset, calibration = m_compress.calibration()](const BackgroundJob::Context& context) {
            return errorsOf(*laid, dataset, kImages, *calibration, context.progress);
        },
        [this, laid, dataset](std::vector<LayerQuantizationError> rows) {
            if (laid != m_asked) return;
            m_of = laid;
            m_rows = std::move(rows);
            m_images = std::min(kImages, dataset->size(Split::Validation));
            emit changed();
        });
}

}  // namespace convolab
