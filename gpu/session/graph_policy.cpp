#include "gpu/session/graph_policy.h"

#include <array>

namespace convolab::gpu {

GraphPolicy::Decision GraphPolicy::decide(std::uint64_t key) {
    Known& known = m_known[key];
    known.lastUse = ++m_time;
    ++known.seen;
    if (known.slot >= 0) return {Step::Replay, known.slot};
    if (known.seen < 2 || known.givenUp) return {};
    const int slot = freeSlot();
    known.slot = slot;
    return {Step::Record, slot};
}

int GraphPolicy::freeSlot() {
    std::array<Known*, kSlots> users{};
    for (auto& [key, known] : m_known) {
        if (known.slot >= 0) users[static_cast<std::size_t>(known.slot)] = &known;
    }
    int oldest = 0;
    for (int slot = 0; slot < kSlots; ++slot) {
        const Known* user = users[static_cast<std::size_t>(slot)];
        if (user == nullptr) return slot;
        if (user->lastUse < users[static_cast<std::size_t>(oldest)]->lastUse) oldest = slot;
    }
    *users[static_cast<std::size_t>(oldest)] = {};  // begins anew when it comes again
    return oldest;
}

void GraphPolicy::giveUp(std::uint64_t key) {
    Known& known = m_known[key];
    known.slot = -1;
    known.givenUp = true;
}

void GraphPolicy::forgetAll() { m_known.clear(); }

}  // namespace convolab::gpu
