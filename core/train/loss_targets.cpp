#include "core/train/loss_targets.h"

#include "core/util/text.h"

namespace convolab {

namespace {

std::vector<float> balancedWeights(const Dataset& dataset) {
    const std::int64_t images = dataset.size(Split::Train);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.classes()));
    for (std::int64_t i = 0; i < images; ++i) ++counts[static_cast<std::size_t>(dataset.label(Split::Train, i))];
    std::vector<float> weights;
    for (const std::int64_t count : counts) {
        const double share = static_cast<double>(counts.size()) * static_cast<double>(count);
        weights.push_back(count > 0 ? static_cast<float>(static_cast<double>(images) / share) : 0.0F);
    }
    return weights;
}

}  // namespace

Result<LossTargets> lossTargets(const Recipe& recipe, const Dataset& dataset) {
    LossTargets targets{.smoothing = recipe.labelSmoothing, .classWeights = {}};
    if (recipe.classWeights.balanced) {
        targets.classWeights = balancedWeights(dataset);
        return targets;
    }
    const auto& values = recipe.classWeights.values;
    if (!values.empty() && static_cast<int>(values.size()) != dataset.classes()) {
        return Error{ErrorCode::InvalidArgument,
                     "there are " + std::to_string(values.size()) + " class weights, " + dataset.info().title + " has " +
                         std::to_string(dataset.classes()) + " classes",
                     {},
                     "give one weight for each class, or balanced"};
    }
    targets.classWeights.assign(values.begin(), values.end());
    return targets;
}

}  // namespace convolab
