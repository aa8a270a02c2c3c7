#pragma once

#include <memory>

#include "core/backend/gpu_module.h"
#include "gpu/session/group.h"

/// Sessions behind the C functions of core/backend/gpu_module.h: nothing is thrown through them.
struct ConvolabGpuSession {
    std::unique_ptr<convolab::gpu::Session> session;  ///< of one device,
    std::unique_ptr<convolab::gpu::Group> group;      ///< or of several
    convolab::gpu::Session& one() const { return group != nullptr ? group->first() : *session; }
};

namespace convolab::gpu {

using MakeExecutor = Outcome (*)(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor);
using MakeCommunicator = Outcome (*)(std::span<const std::int32_t> ordinals, std::span<const std::unique_ptr<Executor>> executors,
                                     std::unique_ptr<Communicator>& communicator);

std::int32_t openSession(MakeExecutor make, const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session,
                         ConvolabGpuFailure* failure);
std::int32_t openGroup(MakeExecutor make, MakeCommunicator join, const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options,
                       std::span<const std::int32_t> ordinals, ConvolabGpuSession** session, ConvolabGpuFailure* failure);

/// All calls but those that open, which need to know the devices.
ConvolabGpuSessionCalls sessionCallsWithoutOpen();
ConvolabGpuInspectionCalls inspectionCalls();

template <MakeExecutor make, MakeCommunicator join>
ConvolabGpuSessionCalls sessionCalls() {
    ConvolabGpuSessionCalls calls = sessionCallsWithoutOpen();
    calls.open = [](const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
        return openSession(make, network, options, session, failure);
    };
    calls.openGroup = [](const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, const std::int32_t* ordinals, std::int32_t count,
                         ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
        return openGroup(make, join, network, options, {ordinals, static_cast<std::size_t>(count)}, session, failure);
    };
    return calls;
}

}  // namespace convolab::gpu
