// A "GPU" that is this processor: the module's sessions over plain loops, behind the same table of functions.
#pragma once

#include "gpu/libraries/libraries.h"
#include "gpu/session/host_executor.h"
#include "gpu/session/session_table.h"

namespace convolab::testing {

// What the next session gets; the latest executor that was made, to ask and to break.
struct HostDevice {
    std::size_t memoryBytes = std::size_t{1} << 30;
    gpu::HostExecutor* executor = nullptr;
    gpu::HostExecutor* first = nullptr;  ///< of the latest group
    gpu::Outcome failStart, failJoin;
    std::uint32_t libraries = 0;
};
inline HostDevice& hostDevice() {
    static HostDevice device;
    return device;
}

inline gpu::Outcome makeHostExecutor(const ConvolabGpuOptions&, std::unique_ptr<gpu::Executor>& executor) {
    HostDevice& device = hostDevice();
    if (!device.failStart.ok()) return device.failStart;
    auto made = std::make_unique<gpu::HostExecutor>(device.memoryBytes);
    made->librariesFound = device.libraries;
    device.executor = made.get();
    executor = std::move(made);
    return {};
}

inline gpu::Outcome joinHosts(std::span<const std::int32_t>, std::span<const std::unique_ptr<gpu::Executor>> executors, std::unique_ptr<gpu::Communicator>& communicator) {
    if (!hostDevice().failJoin.ok()) return hostDevice().failJoin;
    hostDevice().first = static_cast<gpu::HostExecutor*>(executors.front().get());
    communicator = std::make_unique<gpu::HostCommunicator>();
    return {};
}

inline const ConvolabGpuModule& hostModule() {
    static const ConvolabGpuModule module{.interfaceVersion = kGpuInterfaceVersion,
                                          .tableBytes = sizeof(ConvolabGpuModule),
                                          .programVersion = "test",
                                          .probe = [](ConvolabGpuProbe* probe) { *probe = {}; },
                                          .libraries = [](ConvolabGpuLibrary (*)[kGpuLibraries]) {},
                                          .session = gpu::sessionCalls<makeHostExecutor, joinHosts>(),
                                          .inspection = gpu::inspectionCalls()};
    return module;
}

}  // namespace convolab::testing
