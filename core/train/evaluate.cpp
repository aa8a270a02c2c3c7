#include <algorithm>
#include <cmath>

#include "core/model/split_logits.h"
#include "core/train/training_loop.h"

namespace convolab {

// From the values before the softmax: log-sum-exp with the largest taken out.
void addToEvaluation(std::span<const float> logits, int label, Evaluation& sum) {
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

void finishEvaluation(std::int64_t images, Evaluation& sum) {
    sum.images = images;
    sum.loss /= static_cast<double>(images);
    sum.accuracy /= static_cast<double>(images);
    sum.top5 /= static_cast<double>(images);
}

Result<Evaluation> evaluate(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                            Split split, std::int64_t limit, const std::function<bool(double)>& progress) {
    Evaluation sum;
    const auto classes = static_cast<std::size_t>(dataset.classes());
    sum.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    CONVOLAB_ASSIGN(const std::int64_t images,
                    visitLogits(spec, weights, dataset, split, limit, progress,
                                [&](std::int64_t index, std::span<const float> logits) {
                                    addToEvaluation(logits, dataset.label(split, index), sum);
                                }));
    finishEvaluation(images, sum);
    return sum;
}

}  // namespace convolab
