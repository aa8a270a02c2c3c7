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

Launch updateLaunch(const ConvolabGpuUpdate& u, float* w, const float* g, float* state, Index count) {
    switch (u.kind) {
        case kGpuSgd: return launchOf(SgdUpdate{w, g, u.rate, u.decay}, count);
        case kGpuAdam:
            return launchOf(AdamUpdate{w, g, state, state + count, u.momentum, u.momentumRest, u.memory, u.memoryRest, u.rate,
                                       u.secondScale, u.epsilon, u.decay, u.shrink},
                            count);
        case kGpuRmsprop: {
            float* mean = u.centered != 0 ? state + count : nullptr;
            float* velocity = u.hasVelocity != 0 ? state + (1 + u.centered) * count : nullptr;
            return launchOf(RmspropUpdate{w, g, state, mean, velocity, u.memory, u.memoryRest, u.rate, u.epsilon, u.decay, u.momentum}, count);
        }
        case kGpuAdagrad: return launchOf(AdagradUpdate{w, g, state, u.rate, u.epsilon, u.decay}, count);
        default: return launchOf(MomentumUpdate{w, g, state, u.rate, u.decay, u.momentum, u.kind == kGpuNesterov}, count);
    }
}

}  // namespace convolab::gpu
