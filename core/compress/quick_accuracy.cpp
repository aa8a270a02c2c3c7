#include "core/compress/quick_accuracy.h"

#include <algorithm>

#include "core/model/dataset_fit.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 100;

}  // namespace

Result<std::unique_ptr<QuickAccuracy>> QuickAccuracy::create(const NetworkSpec& spec, const Dataset& dataset,
                                                             std::int64_t images, std::uint64_t seed, Split split) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset));
    if (images < 1 || dataset.size(split) < 1) {
        return Error{ErrorCode::InvalidArgument, dataset.info().title + " has no " + splitName(split) + " images to choose from", {},
                     "choose another split or data set"};
    }
    const std::vector<std::int64_t> chosen = balancedSample(dataset, split, std::min(images, dataset.size(split)), seed);
    std::unique_ptr<QuickAccuracy> quick(new QuickAccuracy);
    const Shape& shape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(shape.size());
    const auto count = static_cast<std::int64_t>(chosen.size());
    quick->m_images = Tensor(shape.withBatch(count));
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        dataset.image(split, chosen[i], quick->m_images.span().subspan(i * pixels, pixels));
        quick->m_labels.push_back(dataset.label(split, chosen[i]));
    }
    CompileOptions options;
    options.maximumBatch = std::min(kBatch, count);
    CONVOLAB_ASSIGN(quick->m_model, Model::compile(spec, options));
    return quick;
}

Result<QuickAccuracy::Answer> QuickAccuracy::measure(const WeightSet& weights, const std::function<bool()>& keepGoing) {
    CONVOLAB_RETURN_IF_ERROR(m_model->bind(weights));
    return run(keepGoing);
}

Result<QuickAccuracy::Answer> QuickAccuracy::measure(const WeightSet& weights, const Masks& masks,
                                                     const std::function<bool()>& keepGoing) {
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, *m_model->layout()));
    if (masks.keep.size() != weights.parameters.size()) {
        return Error{ErrorCode::ShapeMismatch, "the masks belong to another network", {}, "make them for these weights"};
    }
    m_masked.resize(weights.parameters.size());
    for (std::size_t i = 0; i < m_masked.size(); ++i) m_masked[i] = masks.keep[i] != 0 ? weights.parameters[i] : 0.0F;
    m_model->bind(m_masked, weights.statistics);
    return run(keepGoing);
}

Result<QuickAccuracy::Answer> QuickAccuracy::run(const std::function<bool()>& keepGoing) {
    Answer answer;
    const std::int64_t count = images();
    const std::int64_t batch = m_model->options().maximumBatch;
    const std::int64_t pixels = m_images.size() / count;
    Shape shape = m_images.shape();
    for (std::int64_t first = 0; first < count; first += batch) {
        if (keepGoing && !keepGoing()) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
        shape[0] = std::min(batch, count - first);
        const LossResult part = m_model->evaluate({m_images.data() + first * pixels, shape},
                                                  std::span(m_labels).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(shape[0])));
        answer.correct += part.correct;
        answer.images += part.count;
        answer.loss += part.loss * static_cast<double>(part.count);
    }
    answer.loss /= static_cast<double>(count);
    return answer;
}

}  // namespace convolab
