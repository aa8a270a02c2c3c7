#pragma once

#include "core/backend/gpu_network.h"
#include "gpu/launch/launch.h"

namespace convolab::gpu {

/// Floats of state that an update keeps per parameter; they must be 0 before the first.
Index updateStates(const ConvolabGpuUpdate& update);

/// The update of `count` parameters; `state` holds updateStates(update) · count floats.
Launch updateLaunch(const ConvolabGpuUpdate& update, float* parameters, const float* gradients, float* state, Index count);

}  // namespace convolab::gpu
