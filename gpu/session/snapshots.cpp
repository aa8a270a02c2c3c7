// Snapshots, and how a session takes them of its weights.
#include "gpu/session/snapshots.h"

#include <cstring>
#include <utility>

#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

std::size_t bytesOf(Index count) { return sizeof(float) * static_cast<std::size_t>(count); }

}  // namespace

Outcome Snapshots::look(Executor& executor) {
    if (m_coming < 0) return {};
    bool there = false;
    Outcome outcome = executor.arrived(m_coming, &there);
    if (outcome.ok() && there) m_complete = std::exchange(m_coming, -1);
    return outcome;
}

Outcome Snapshots::post(Executor& executor, Index step, std::span<const Executor::Piece> pieces, std::byte* shadow, bool* posted) {
    *posted = false;
    if (Outcome outcome = look(executor); !outcome.ok() || m_coming >= 0) return outcome;
    const int slot = m_complete == 0 ? 1 : 0;
    Outcome outcome = executor.capture(slot, pieces, shadow);
    if (!outcome.ok()) return outcome;
    m_coming = slot;
    m_steps[slot] = step;
    *posted = true;
    return {};
}

Outcome Snapshots::take(Executor& executor, const std::byte** picture, Index* step) {
    *picture = nullptr;
    if (Outcome outcome = look(executor); !outcome.ok() || m_complete < 0) return outcome;
    const int slot = std::exchange(m_complete, -1);
    *picture = executor.picture(slot);
    *step = m_steps[slot];
    return {};
}

// The second copy, over the bus, takes longer than a step of a small network. It reads from a shadow on the device, so that the next update
// need not wait for it; what a step waits for is the copy to the shadow, as fast as the device's memory.
Answer Session::postWeights(Index step, PostedWeights* posted) {
    const ConvolabGpuNetwork& network = m_plan.network();
    *posted = kGpuNotPosted;
    if (network.parameterCount == 0) return {};
    if (m_shadow == nullptr) {
        Outcome outcome = m_executor->allocate(shadowBytes(), &m_shadow);
        if (outcome.state == kGpuOutOfMemory) return {};
        if (!outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    }
    const Executor::Piece pieces[] = {{m_plan.parameters(), bytesOf(network.parameterCount)}, {m_plan.statistics(), bytesOf(network.statisticCount)}};
    bool done = false;
    if (Outcome outcome = m_snapshots.post(*m_executor, step, pieces, m_shadow, &done); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    *posted = done ? kGpuPosted : kGpuOneIsComing;
    return {};
}

Answer Session::takeWeights(Index* step, float* parameters, float* statistics) {
    const std::byte* picture = nullptr;
    *step = -1;
    if (Outcome outcome = m_snapshots.take(*m_executor, &picture, step); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    if (picture == nullptr) return {};
    const std::size_t bytes = bytesOf(m_plan.network().parameterCount);
    std::memcpy(parameters, picture, bytes);
    if (m_plan.network().statisticCount > 0) std::memcpy(statistics, picture + bytes, bytesOf(m_plan.network().statisticCount));
    return {};
}

std::size_t Session::shadowBytes() const { return bytesOf(m_plan.network().parameterCount + m_plan.network().statisticCount); }

}  // namespace convolab::gpu
