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

Launch updateLaunch(const ConvolabGpuUpdate& update, const ConvolabGpuUpdate* numbers, float* w, const float* g, float* state, Index count) {
    switch (update.kind) {
        case kGpuSgd: return launchOf(SgdUpdate{w, g, numbers}, count);
        case kGpuAdam: return launchOf(AdamUpdate{w, g, state, state + count, numbers}, count);
        case kGpuRmsprop: {
            float* mean = update.centered != 0 ? state + count : nullptr;
            float* velocity = update.hasVelocity != 0 ? state + (1 + update.centered) * count : nullptr;
            return launchOf(RmspropUpdate{w, g, state, mean, velocity, numbers}, count);
        }
        case kGpuAdagrad: return launchOf(AdagradUpdate{w, g, state, numbers}, count);
        default: return launchOf(MomentumUpdate{w, g, state, numbers, update.kind == kGpuNesterov}, count);
    }
}

}  // namespace convolab::gpu
