#include "core/train/recipe.h"

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
    return {};
}

Status validateRecipe(const Recipe& recipe) {
    CONVOLAB_RETURN_IF_ERROR(checkCount("the batch size", recipe.batchSize, 1, kLargestBatch));
    if (recipe.steps) {
        CONVOLAB_RETURN_IF_ERROR(checkCount("the number of steps", *recipe.steps, 1, kMostSteps));
    } else {
        CONVOLAB_RETURN_IF_ERROR(checkCount("the number of epochs", recipe.epochs, 1, 1'000'000));
    }
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the learning rate", recipe.rate));
    CONVOLAB_RETURN_IF_ERROR(checkNumber("the weight decay", recipe.weightDecay));
    CONVOLAB_RETURN_IF_ERROR(checkCount("the validation interval", recipe.validationEvery, 0, kMostSteps));
    CONVOLAB_RETURN_IF_ERROR(checkOptimizer(recipe.optimizer));
    CONVOLAB_RETURN_IF_ERROR(checkSchedule(recipe.schedule));
    return recipe.adversarial ? validateAdversarial(*recipe.adversarial) : Status{};
}

}  // namespace convolab
