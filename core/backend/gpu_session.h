#pragma once

#include <memory>

#include "core/backend/gpu_module.h"

namespace convolab {

struct CloseGpuSession {
    const ConvolabGpuSessionCalls* calls;
    void operator()(ConvolabGpuSession* session) const { calls->close(session); }
};
/// A session of the CUDA module that is closed when nobody needs it.
using GpuSessionPointer = std::unique_ptr<ConvolabGpuSession, CloseGpuSession>;

}  // namespace convolab
