// The optimizer's state of a session: memory of its own, since the optimizer may change while the network stays.
#include <algorithm>

#include "gpu/session/session.h"

namespace convolab::gpu {

namespace {

std::size_t bytesOf(Index count) { return sizeof(float) * static_cast<std::size_t>(count); }

}  // namespace

/// The first `kept` floats stay, the others are 0. Without enough memory all stays as it was.
Answer Session::replaceState(Index count, Index kept) {
    std::vector<float> values(static_cast<std::size_t>(kept));
    if (kept > 0) {
        if (Outcome outcome = m_executor->download(values.data(), m_stateMemory, bytesOf(kept)); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    }
    std::byte* memory = nullptr;
    if (count > 0) {
        Outcome outcome = m_executor->allocate(bytesOf(count), &memory);
        if (outcome.state == kGpuOutOfMemory && dropImages()) outcome = m_executor->allocate(bytesOf(count), &memory);
        if (!outcome.ok()) {
            if (outcome.state == kGpuOutOfMemory) outcome.words = "the optimizer's state takes " + std::to_string(bytesOf(count) >> 10) + " KiB";
            return SessionFailure{.outcome = std::move(outcome)};
        }
    }
    if (m_stateMemory != nullptr) m_executor->release(m_stateMemory);
    m_stateMemory = memory;
    m_stateCount = count;
    forgetLaunches();  // they hold the old address
    if (kept == 0) return {};
    if (Outcome outcome = m_executor->upload(memory, values.data(), bytesOf(kept)); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    return {};
}

// As on the processor: another size keeps what fits, in case the old optimizer's state means the same.
Answer Session::requireState(Index count) { return count == m_stateCount ? Answer{} : replaceState(count, std::min(count, m_stateCount)); }

Answer Session::writeState(const float* state, Index count) {
    if (count != m_stateCount) {
        if (auto failure = replaceState(count, 0)) return failure;
    }
    if (count == 0) return {};
    if (Outcome outcome = m_executor->upload(m_stateMemory, state, bytesOf(count)); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    return {};
}

Answer Session::readState(float* state, Index count) {
    const Index there = std::min(count, m_stateCount);
    std::fill(state + there, state + count, 0.0F);
    if (there == 0) return {};
    if (Outcome outcome = m_executor->download(state, m_stateMemory, bytesOf(there)); !outcome.ok()) return SessionFailure{.outcome = std::move(outcome)};
    return {};
}

}  // namespace convolab::gpu
