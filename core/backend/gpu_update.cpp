#include "core/backend/gpu_update.h"

#include <cmath>

namespace convolab {

namespace {

ConvolabGpuUpdate momentum(ConvolabGpuUpdate update, double value) {
    update.momentum = static_cast<float>(value);
    update.momentumRest = static_cast<float>(1.0 - value);
    return update;
}

ConvolabGpuUpdate memory(ConvolabGpuUpdate update, double value) {
    update.memory = static_cast<float>(value);
    update.memoryRest = static_cast<float>(1.0 - value);
    return update;
}

ConvolabGpuUpdate adam(const OptimizerSpec& spec, ConvolabGpuUpdate update, double rate, std::int64_t step) {
    const auto t = static_cast<double>(step);
    update.kind = kGpuAdam;
    update.rate = static_cast<float>(rate / (1.0 - std::pow(spec.beta1, t)));
    update.secondScale = static_cast<float>(std::sqrt(1.0 - std::pow(spec.beta2, t)));
    return memory(momentum(update, spec.beta1), spec.beta2);
}

}  // namespace

Result<ConvolabGpuUpdate> describeGpuUpdate(const OptimizerSpec& spec, double rate, double weightDecay, std::int64_t step) {
    ConvolabGpuUpdate update{};
    update.rate = static_cast<float>(rate);
    update.decay = static_cast<float>(weightDecay);
    update.epsilon = static_cast<float>(spec.epsilon);
    update.shrink = 1.0F;
    if (spec.kind == "sgd") {
        update.kind = spec.momentum <= 0.0 ? kGpuSgd : spec.nesterov ? kGpuNesterov : kGpuMomentum;
        return momentum(update, spec.momentum);
    }
    if (spec.kind == "adam") return adam(spec, update, rate, step);
    if (spec.kind == "adamw") {
        update.decay = 0.0F;
        update.shrink = static_cast<float>(1.0 - rate * weightDecay);
        return adam(spec, update, rate, step);
    }
    if (spec.kind == "rmsprop") {
        update.kind = kGpuRmsprop;
        update.centered = spec.centered ? 1 : 0;
        update.hasVelocity = spec.rmspropMomentum > 0.0 ? 1 : 0;
        return memory(momentum(update, spec.rmspropMomentum), spec.alpha);
    }
    if (spec.kind == "adagrad") {
        update.kind = kGpuAdagrad;
        update.rate = static_cast<float>(rate / (1.0 + static_cast<double>(step - 1) * spec.rateDecay));
        return update;
    }
    return Error{ErrorCode::Unsupported, "the optimizer " + spec.kind + " has no form on a GPU", {}, "choose another, or train on the CPU"};
}

}  // namespace convolab
