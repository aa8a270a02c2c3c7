// What the outputs aim at, where that is values: memory of its own, since it depends on the data and not on the network.
#include "gpu/session/session.h"

namespace convolab::gpu {

Answer Session::setOutputTargets(const float* rows, Index count) {
    std::byte* memory = nullptr;
    const std::size_t bytes = rows == nullptr ? 0 : sizeof(float) * static_cast<std::size_t>(count * m_plan.network().classes);
    if (bytes > 0) {
        Outcome outcome = m_executor->allocate(bytes, &memory);
        if (outcome.state == kGpuOutOfMemory) outcome.words = "the target values take " + std::to_string(bytes >> 10) + " KiB";
        if (outcome.ok()) outcome = m_executor->upload(memory, rows, bytes);
        if (!outcome.ok()) {
            if (memory != nullptr) m_executor->release(memory);
            return SessionFailure{.outcome = std::move(outcome)};
        }
    }
    if (m_rows != nullptr) m_executor->release(m_rows);
    m_rows = memory;
    m_rowBytes = bytes;
    m_plan.aimAt(reinterpret_cast<const float*>(memory), bytes > 0 ? count : 0);
    forgetLaunches();
    return {};
}

}  // namespace convolab::gpu
