#include "gpu/session/communicator.h"

namespace convolab::gpu {

NcclCommunicator::~NcclCommunicator() {
    for (void* communicator : m_communicators) {
        if (communicator != nullptr) m_table.destroy(communicator);
    }
}

Outcome NcclCommunicator::words(int status, const char* function) const {
    if (status == kNcclSuccess) return {};
    const char* name = m_table.errorString(status);
    return {kGpuDriverFailed, std::string(function) + ": " + (name == nullptr ? std::to_string(status) : name)};
}

Outcome NcclCommunicator::start(std::span<const std::int32_t> ordinals) {
    const std::vector<int> devices(ordinals.begin(), ordinals.end());
    m_communicators.assign(devices.size(), nullptr);
    Outcome outcome = words(m_table.createAll(m_communicators.data(), static_cast<int>(devices.size()), devices.data()), "ncclCommInitAll");
    if (!outcome.ok()) m_communicators.clear();
    return outcome;
}

/// One thread speaks for all devices, so the calls are one group. The group is ended also after a failure, or the next one would be
/// part of it.
Outcome NcclCommunicator::sum(std::span<float* const> values, Index count) {
    if (values.size() != m_communicators.size()) return {kGpuDriverFailed, "NCCL was not started for these devices"};
    Outcome outcome = words(m_table.groupStart(), "ncclGroupStart");
    if (!outcome.ok()) return outcome;
    for (std::size_t r = 0; r < values.size() && outcome.ok(); ++r) {
        outcome = words(m_table.allReduce(values[r], values[r], static_cast<std::size_t>(count), kNcclFloat32, kNcclSum, m_communicators[r], m_streams[r]), "ncclAllReduce");
    }
    Outcome ended = words(m_table.groupEnd(), "ncclGroupEnd");
    return outcome.ok() ? ended : outcome;
}

Outcome HostCommunicator::sum(std::span<float* const> values, Index count) {
    for (Index i = 0; i < count; ++i) {
        float total = 0.0F;
        for (const float* value : values) total += value[i];
        for (float* value : values) value[i] = total;
    }
    return {};
}

}  // namespace convolab::gpu
