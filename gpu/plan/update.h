#pragma once

#include "core/backend/gpu_network.h"
#include "gpu/launch/launch.h"

namespace convolab::gpu {

/// Floats of state that an update keeps per parameter; they must be 0 before the first.
Index updateStates(const ConvolabGpuUpdate& update);

/// Updates with the same form differ only in numbers that the kernels read from memory: what was recorded for one serves all.
std::uint32_t updateForm(const ConvolabGpuUpdate& update);  ///< from 1

/// The update of `count` parameters by the numbers at `numbers`, whose form is that of `update`; `state` holds
/// updateStates(update) · count floats. With `scaling` a skipped step leaves both as they are.
Launch updateLaunch(const ConvolabGpuUpdate& update, const ConvolabGpuUpdate* numbers, float* parameters, const float* gradients, float* state, Index count,
                    const LossScaling* scaling = nullptr);

}  // namespace convolab::gpu
