#include <algorithm>
#include <cmath>

#include "core/data/targets.h"
#include "core/model/nearest_target.h"
#include "core/model/split_logits.h"
#include "core/train/evaluate_on.h"

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

namespace {

/// The same for outputs that aim at rows of target values; of a regression only the loss is known.
void addToEvaluation(std::span<const float> outputs, int label, const Targets& targets, Evaluation& sum) {
    const std::size_t first = static_cast<std::size_t>(label) * outputs.size();
    double squares = 0.0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const double difference = static_cast<double>(outputs[i]) - static_cast<double>(targets.values[first + i]);
        squares += difference * difference;
    }
    sum.loss += squares / static_cast<double>(outputs.size());
    if (targets.isRegression()) return;
    const int prediction = nearestTarget(targets.values, outputs);
    if (prediction == label) {
        sum.accuracy += 1.0;
        sum.top5 += 1.0;
    }
    ++sum.confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(prediction)];
}

}  // namespace

Result<Evaluation> evaluate(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                            Split split, std::int64_t limit, const std::function<bool(double)>& progress) {
    return evaluateOn(Model::compile, spec, weights, dataset, split, limit, progress);
}

Result<Evaluation> evaluateOn(const CompileModel& compile, const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, Split split,
                              std::int64_t limit, const std::function<bool(double)>& progress) {
    Evaluation sum;
    const Targets* targets = targetsOf(dataset);
    const auto classes = static_cast<std::size_t>(isRegression(dataset) ? 0 : dataset.classes());
    sum.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    CONVOLAB_ASSIGN(const std::int64_t images,
                    visitLogits(spec, weights, dataset, split, limit, progress,
                                [&](std::int64_t index, std::span<const float> logits) {
                                    const int label = dataset.label(split, index);
                                    if (targets == nullptr) addToEvaluation(logits, label, sum);
                                    else addToEvaluation(logits, label, *targets, sum);
                                },
                                compile));
    finishEvaluation(images, sum);
    return sum;
}

}  // namespace convolab
