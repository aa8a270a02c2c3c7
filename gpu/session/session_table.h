#pragma once

#include <memory>

#include "core/backend/gpu_module.h"
#include "gpu/session/session.h"

/// Sessions behind the C functions of core/backend/gpu_module.h: nothing is thrown through them.
struct ConvolabGpuSession {
    std::unique_ptr<convolab::gpu::Session> session;
};

namespace convolab::gpu {

using MakeExecutor = Outcome (*)(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor);

std::int32_t openSession(MakeExecutor make, const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session,
                         ConvolabGpuFailure* failure);

/// All calls but `open`, which needs to know the devices.
ConvolabGpuSessionCalls sessionCallsWithoutOpen();

template <MakeExecutor make>
ConvolabGpuSessionCalls sessionCalls() {
    ConvolabGpuSessionCalls calls = sessionCallsWithoutOpen();
    calls.open = [](const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
        return openSession(make, network, options, session, failure);
    };
    return calls;
}

}  // namespace convolab::gpu
