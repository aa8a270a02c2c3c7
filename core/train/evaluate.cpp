#include <algorithm>
#include <cmath>

#include "core/train/dataset_fit.h"
#include "core/train/training_loop.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 128;

// One image's share of the result, from the values before the softmax (log-sum-exp with the largest taken
// out).
void count(std::span<const float> logits, int label, Evaluation& sum) {
    const auto largest = std::max_element(logits.begin(), logits.end());
    double exponentials = 0.0;
    for (const float logit : logits) exponentials += std::exp(static_cast<double>(logit) - *largest);
    const float own = logits[static_cast<std::size_t>(label)];
    sum.loss += *largest + std::log(exponentials) - own;
    const auto prediction = static_cast<std::size_t>(largest - logits.begin());
    if (prediction == static_cast<std::size_t>(label)) sum.accuracy += 1.0;
    if (std::count_if(logits.begin(), logits.end(), [&](float logit) { return logit > own; }) < 5)
        sum.top5 += 1.0;
    ++sum.confusion[static_cast<std::size_t>(label)][prediction];
}

}  // namespace

Result<Evaluation> evaluate(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                            Split split, std::int64_t limit, const std::function<bool(double)>& progress) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset));
    Evaluation sum;
    sum.images = limit > 0 ? std::min(limit, dataset.size(split)) : dataset.size(split);
    if (sum.images == 0) {
        return Error{ErrorCode::InvalidArgument,
                     dataset.info().title + " has no images in its " + splitName(split) + " split",
                     {},
                     {}};
    }
    CompileOptions options;
    options.maximumBatch = std::min(kBatch, sum.images);
    CONVOLAB_ASSIGN(auto model, Model::compile(spec, options));
    CONVOLAB_RETURN_IF_ERROR(model->bind(weights));

    const auto classes = static_cast<std::size_t>(dataset.classes());
    sum.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    const Shape& imageShape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(imageShape.size());
    Tensor images(imageShape.withBatch(options.maximumBatch));
    for (std::int64_t first = 0; first < sum.images; first += options.maximumBatch) {
        if (progress && !progress(static_cast<double>(first) / static_cast<double>(sum.images))) {
            return Error{ErrorCode::Cancelled, "the evaluation was cancelled", {}, {}};
        }
        const std::int64_t n = std::min(options.maximumBatch, sum.images - first);
        for (std::int64_t i = 0; i < n; ++i) {
            dataset.image(split, first + i, {images.data() + static_cast<std::size_t>(i) * pixels, pixels});
        }
        model->forward({images.data(), imageShape.withBatch(n)});
        const View<const float> logits = model->logits();
        for (std::int64_t i = 0; i < n; ++i) {
            count({logits.data + static_cast<std::size_t>(i) * classes, classes},
                  dataset.label(split, first + i), sum);
        }
    }
    if (progress) progress(1.0);
    sum.loss /= static_cast<double>(sum.images);
    sum.accuracy /= static_cast<double>(sum.images);
    sum.top5 /= static_cast<double>(sum.images);
    return sum;
}

}  // namespace convolab
