#include "core/model/split_logits.h"

#include <algorithm>

#include "core/model/dataset_fit.h"
#include "core/util/device_lost.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 128;

}  // namespace

Result<std::int64_t> visitLogits(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                 Split split, std::int64_t limit, const std::function<bool(double)>& progress,
                                 const std::function<void(std::int64_t, std::span<const float>)>& visit,
                                 const CompileModel& compile) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset, Labels::ClassesOrTargets));
    const std::int64_t count = limit > 0 ? std::min(limit, dataset.size(split)) : dataset.size(split);
    if (count == 0) {
        return Error{ErrorCode::InvalidArgument,
                     dataset.info().title + " has no images in its " + splitName(split) + " split",
                     {},
                     {}};
    }
    CompileOptions options;
    options.maximumBatch = std::min(kBatch, count);
    CONVOLAB_ASSIGN(auto model, compile(spec, options));
    CONVOLAB_RETURN_IF_ERROR(model->bind(weights));

    const Shape& imageShape = dataset.info().imageShape;
    const auto pixels = static_cast<std::size_t>(imageShape.size());
    Tensor images(imageShape.withBatch(options.maximumBatch));
    for (std::int64_t first = 0; first < count; first += options.maximumBatch) {
        if (progress && !progress(static_cast<double>(first) / static_cast<double>(count))) {
            return Error{ErrorCode::Cancelled, "the evaluation was cancelled", {}, {}};
        }
        const std::int64_t n = std::min(options.maximumBatch, count - first);
        for (std::int64_t i = 0; i < n; ++i) {
            dataset.image(split, first + i, {images.data() + static_cast<std::size_t>(i) * pixels, pixels});
        }
        try {
            model->forward({images.data(), imageShape.withBatch(n)});
        } catch (const DeviceLost& lost) {
            return lost.error;
        }
        const View<const float> logits = model->logits();
        const auto classes = static_cast<std::size_t>(logits.size() / n);
        for (std::int64_t i = 0; i < n; ++i) {
            visit(first + i, {logits.data + static_cast<std::size_t>(i) * classes, classes});
        }
    }
    if (progress) progress(1.0);
    return count;
}

}  // namespace convolab
