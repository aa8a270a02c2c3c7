#include "gpu/plan/update.h"

namespace convolab::gpu {

Index updateStates(const ConvolabGpuUpdate& update) {
    switch (update.kind) {
        case kGpuSgd: return 0;
        case kGpuAdam: return 2;
        case kGpuRmsprop: return 1 + update.centered + update.hasVelocity;
        default: return 1;
    }
}

std::uint32_t updateForm(const ConvolabGpuUpdate& update) {
    return 1 + (static_cast<std::uint32_t>(update.kind) << 2 | static_cast<std::uint32_t>(update.centered) << 1 | static_cast<std::uint32_t>(update.hasVelocity));
}

Launch updateLaunch(const ConvolabGpuUpdate& update, const ConvolabGpuUpdate* numbers, float* w, const float* g, float* state, Index count, const LossScaling* scaling) {
    const auto launch = [&](const auto& body) { return scaling != nullptr ? launchOf(UnlessSkipped{body, scaling}, count) : launchOf(body, count); };
    switch (update.kind) {
        case kGpuSgd: return launch(SgdUpdate{w, g, numbers});
        case kGpuAdam: return launch(AdamUpdate{w, g, state, state + count, numbers});
        case kGpuRmsprop: {
            float* mean = update.centered != 0 ? state + count : nullptr;
            float* velocity = update.hasVelocity != 0 ? state + (1 + update.centered) * count : nullptr;
            return launch(RmspropUpdate{w, g, state, mean, velocity, numbers});
        }
        case kGpuAdagrad: return launch(AdagradUpdate{w, g, state, numbers});
        default: return launch(MomentumUpdate{w, g, state, numbers, update.kind == kGpuNesterov});
    }
}

}  // namespace convolab::gpu
