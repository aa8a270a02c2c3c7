#include "app/lenses/compress/dense_session.h"

#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lenses/compress/compress_session.h"
#include "core/measure/latency.h"

namespace convolab {

namespace {

constexpr std::int64_t kProofImages = 64;
constexpr double kMeasureSeconds = 0.25;

/// A forward pass of one image, as the Measure lens times it.
Result<Spread> forwardSeconds(const NetworkSpec& spec, const WeightSet& weights, const Progress& progress) {
    LatencyOptions options;
    options.batches = {1};
    options.seconds = kMeasureSeconds;
    options.perLayer = false;
    CONVOLAB_ASSIGN(const Latency latency, measureLatency(spec, &weights, options, progress));
    return latency.batches.front().seconds;
}

}  // namespace

DenseSession::DenseSession(ImageDesk& desk, CompressSession& compress, QObject* parent) : QObject(parent), m_desk(desk), m_compress(compress) {
    connect(&m_job, &BackgroundJob::changed, this, &DenseSession::changed);
    connect(&compress, &CompressSession::planChanged, this, &DenseSession::clear);
}

void DenseSession::clear() {
    m_job.reset();
    m_outcome.reset();
    emit changed();
}

void DenseSession::run() {
    const LaidPlanPtr laid = m_compress.laid();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!laid || m_compress.laidWaits() || !dataset) return;
    m_outcome.reset();
    m_job.start<DenseOutcomePtr>(
        tr("Removing filters"),
        [laid, dataset](const BackgroundJob::Context& context) -> Result<DenseOutcomePtr> {
            auto outcome = std::make_shared<DenseOutcome>();
            outcome->laid = laid;
            const NetworkSpec& network = *laid->ground.network;
            CONVOLAB_ASSIGN(outcome->dense, toDense(network, *laid->weights, *laid->masks));
            if (!context.progress(0.3)) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
            const std::int64_t images = std::min(kProofImages, dataset->size(Split::Validation));
            const Shape shape = dataset->info().imageShape;
            Tensor batch(shape.withBatch(images));
            for (std::int64_t i = 0; i < images; ++i) dataset->image(Split::Validation, i, batch.span().subspan(static_cast<std::size_t>(i * shape.size()), static_cast<std::size_t>(shape.size())));
            CONVOLAB_ASSIGN(outcome->difference, maxAbsDifference(network, *laid->weights, outcome->dense.spec, outcome->dense.weights, batch.view()));
            outcome->images = images;
            if (!context.progress(0.6)) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
            const auto part = [&context](double from) { return [&context, from](double share) { return context.progress(from + 0.2 * share); }; };
            CONVOLAB_ASSIGN(outcome->before, forwardSeconds(network, *laid->weights, part(0.6)));
            CONVOLAB_ASSIGN(outcome->after, forwardSeconds(outcome->dense.spec, outcome->dense.weights, part(0.8)));
            return DenseOutcomePtr(std::move(outcome));
        },
        [this](DenseOutcomePtr outcome) {
            m_outcome = std::move(outcome);
            emit changed();
        });
}

}  // namespace convolab
