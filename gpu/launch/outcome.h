#pragma once

#include <cstdint>
#include <string>

#include "core/backend/gpu_module.h"

namespace convolab::gpu {

/// What a call came to; `words` are the device's own where it failed.
struct Outcome {
    std::int32_t state = kGpuReady;  ///< ConvolabGpuState
    std::string words;
    bool ok() const { return state == kGpuReady; }
};

}  // namespace convolab::gpu
