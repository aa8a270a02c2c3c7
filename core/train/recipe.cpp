#include "core/train/recipe.h"

#include <algorithm>

#include "core/train/recipe_checks.h"

namespace convolab {

namespace {

constexpr std::int64_t kLargestBatch = 65536;
constexpr std::int64_t kMostSteps = 1'000'000'000'000;

Status checkCount(const std::string& what, std::int64_t value, std::int64_t minimum, std::int64_t maximum) {
    if (value >= minimum && value <= maximum) return {};
    const std::string number = withThousands(value);
    if (value < minimum) {
        return Error{ErrorCode::InvalidArgument,
                     what + " is " + number,
                     {},
                     "it has to be at least " + withThousands(minimum)};
    }
    return Error{ErrorCode::InvalidArgument,
                 what + " is " + number,
                 {},
                 "it can be at most " + withThousands(maximum)};
}

Status checkNumber(const std::string& what, double value) {
    if (std::isfinite(value) && value >= 0.0) return {};
    return Error{ErrorCode::InvalidArgument,
                 what + " is " + formatNumber(value),
                 {},
                 "it has to be a number that is not negative"};
}

}  // namespace

Status checkOptimizer(const OptimizerSpec& spec) {
    const Optimizer* optimizer = findOptimizer(spec.kind);
    if (optimizer == nullptr) return unknownWord("optimizer", spec.kind, idsOf(optimizers()));
    for (const auto& option : optimizer->options) {
        CONVOLAB_RETURN_IF_ERROR(checkOption(optimizer->id, option, spec));
    }
    if (spec.kind == "sgd" && spec.nesterov && spec.momentum == 0.0) {
        return Error{ErrorCode::InvalidArgument,
                     "sgd's nesterov needs a momentum, which is 0",
                     {},
                     "set the momentum, for example sgd:momentum=0.9,nesterov=true"};
    }
    return {};
}

Status checkSchedule(const ScheduleSpec& spec) {
    const Schedule* schedule = findSchedule(spec.kind);
    if (schedule == nullptr) return unknownWord("schedule", spec.kind, idsOf(schedules()));
    for (const auto& option : schedule->options) {
        CONVOLAB_RETURN_IF_ERROR(checkOption(schedule->id, option, spec));
    }
    if (spec.kind == "multi_step" && (spec.milestones.empty() || !std::ranges::is_sorted(spec.milestones))) {
        return Error{ErrorCode::InvalidArgument,
                     spec.milestones.empty() ? "multi_step has no milestones" : "multi_step's milestones do not ascend",
                     {},
                     "give the epochs of the drops from the first to the last, for example multi_step:milestones=10+20"};
    }
    return {};
}

namespace {

Status checkShare(const std::string& what, double value) {
    if (value >= 0.0 && value < 1.0) return {};
    return Error{ErrorCode::InvalidArgument, what + " is " + formatNumber(value), {}, "give a number from 0 to below 1"};
}

Status checkLossOptions(const Recipe& recipe) {
    CONVOLAB_RETURN_IF_ERROR(checkShare("the label smoothing", recipe.labelSmoothing));
    for (const double weight : recipe.classWeights.values) {
        CONVOLAB_RETURN_IF_ERROR(checkNumber("a class weight", weight));
    }
    const auto& values = recipe.classWeights.values;
    if (!values.empty() && std::ranges::all_of(values, [](double weight) { return weight == 0.0; })) {
        return Error{ErrorCode::InvalidArgument, "all class weights are 0", {}, "give at least one class a weight above 0"};
    }
    const bool used = recipe.labelSmoothing > 0.0 || recipe.classWeights.isOn();
    if (!used || recipe.loss == LossKind::CrossEntropy) return {};
    return Error{ErrorCode::InvalidArgument,
                 std::string(recipe.labelSmoothing > 0.0 ? "label smoothing needs" : "class weights need") + " the cross-entropy loss",
                 {},
                 "choose that loss, or leave them out"};
}

Status checkRegularisation(const Recipe& recipe) {
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the weight decay", recipe.weightDecay));
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the L1 penalty", recipe.l1));
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the L2 penalty", recipe.l2));
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the largest gradient norm", recipe.clipNorm));
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the largest gradient value", recipe.clipValue));
    CONVOLAB_RETURN_IF_ERROR(checkShare("the decay of the averaged weights", recipe.averaging));
    return checkCount("the patience of early stopping", recipe.earlyStopping, 0, kMostSteps);
}

}  // namespace

Result<ClassWeights> parseClassWeights(std::string_view text) {
    ClassWeights weights;
    const std::string word = toLower(text);
    if (word == "none") return weights;
    weights.balanced = word == "balanced";
    for (std::size_t first = 0; !weights.balanced && first <= text.size();) {
        const std::size_t end = std::min(text.find(',', first), text.size());
        const auto value = parseNumber<double>(text.substr(first, end - first));
        if (!value || !std::isfinite(*value) || *value < 0.0) {
            return Error{ErrorCode::InvalidArgument, "class weights \"" + std::string(text) + "\"", {},
                         "write balanced, none, or one number of at least 0 for each class, such as 1,2,0.5"};
        }
        weights.values.push_back(*value);
        first = end + 1;
    }
    return weights;
}

std::string classWeightsText(const ClassWeights& weights) {
    if (!weights.isOn()) return "none";
    if (weights.balanced) return "balanced";
    std::vector<std::string> numbers;
    for (const double value : weights.values) numbers.push_back(formatNumber(value, 12));
    return join(numbers, ",");
}

Recipe withLiveFields(Recipe recipe, const Recipe& live) {
    recipe.rate = live.rate;
    recipe.weightDecay = live.weightDecay;
    recipe.optimizer.momentum = live.optimizer.momentum;
    recipe.optimizer.rmspropMomentum = live.optimizer.rmspropMomentum;
    recipe.l1 = live.l1;
    recipe.l2 = live.l2;
    recipe.clipNorm = live.clipNorm;
    recipe.clipValue = live.clipValue;
    if (recipe.loss == LossKind::CrossEntropy) {
        recipe.labelSmoothing = live.labelSmoothing;
        recipe.classWeights = live.classWeights;
    }
    recipe.earlyStopping = live.earlyStopping;
    recipe.augmentations = live.augmentations;
    return recipe;
}

Status validateRecipe(const Recipe& recipe) {
    CONVOLAB_RETURN_IF_ERROR(checkCount("the batch size", recipe.batchSize, 1, kLargestBatch));
    if (recipe.steps) {
        CONVOLAB_RETURN_IF_ERROR(checkCount("the number of steps", *recipe.steps, 1, kMostSteps));
    } else {
        CONVOLAB_RETURN_IF_ERROR(checkCount("the number of epochs", recipe.epochs, 1, 1'000'000));
    }
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the learning rate", recipe.rate));
    CONVOLAB_RETURN_IF_ERROR(checkRegularisation(recipe));
    CONVOLAB_RETURN_IF_ERROR(checkLossOptions(recipe));
    CONVOLAB_RETURN_IF_ERROR(checkCount("the validation interval", recipe.validationEvery, 0, kMostSteps));
    CONVOLAB_RETURN_IF_ERROR(checkOptimizer(recipe.optimizer));
    CONVOLAB_RETURN_IF_ERROR(checkSchedule(recipe.schedule));
    for (const AugmentationSpec& spec : recipe.augmentations) CONVOLAB_RETURN_IF_ERROR(validateAugmentation(spec));
    return recipe.adversarial ? validateAdversarial(*recipe.adversarial) : Status{};
}

}  // namespace convolab
