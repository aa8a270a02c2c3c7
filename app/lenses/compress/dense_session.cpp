#include "app/lenses/compress/dense_session.h"

#include <algorithm>
#include <chrono>

#include "app/image/image_desk.h"
#include "app/lenses/compress/compress_session.h"
#include "core/model/model.h"

namespace convolab {

namespace {

constexpr std::int64_t kProofImages = 64;
constexpr int kWarmUp = 5, kRuns = 31;

/// Median of a forward pass of one image, in seconds.
Result<double> forwardSeconds(const NetworkSpec& spec, const WeightSet& weights, View<const float> image) {
    CompileOptions options;
    options.maximumBatch = 1;
    CONVOLAB_ASSIGN(const auto model, Model::compile(spec, options));
    CONVOLAB_RETURN_IF_ERROR(model->bind(weights));
    std::vector<double> seconds;
    for (int i = 0; i < kWarmUp + kRuns; ++i) {
        const auto began = std::chrono::steady_clock::now();
        static_cast<void>(model->forward(image));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        if (i >= kWarmUp) seconds.push_back(took.count());
    }
    std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
    return seconds[kRuns / 2];
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
            Tensor first(shape.withBatch(1));
            std::copy_n(batch.data(), shape.size(), first.data());
            if (!context.progress(0.6)) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
            CONVOLAB_ASSIGN(outcome->secondsBefore, forwardSeconds(network, *laid->weights, first.view()));
            CONVOLAB_ASSIGN(outcome->secondsAfter, forwardSeconds(outcome->dense.spec, outcome->dense.weights, first.view()));
            return DenseOutcomePtr(std::move(outcome));
        },
        [this](DenseOutcomePtr outcome) {
            m_outcome = std::move(outcome);
            emit changed();
        });
}

}  // namespace convolab
