#include "gpu/session/host_executor.h"

#include <cstring>
#include <new>
#include <utility>

#include "gpu/plan/arena.h"

namespace convolab::gpu {

void HostExecutor::Free::operator()(std::byte* memory) const { ::operator delete[](memory, std::align_val_t{kArenaAlignment}); }

Outcome HostExecutor::allocate(std::size_t bytes, std::byte** memory) {
    if (bytes > m_free) return {kGpuOutOfMemory, "host memory"};
    std::unique_ptr<std::byte[], Free> block(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{kArenaAlignment}, std::nothrow)));
    if (block == nullptr) return {kGpuOutOfMemory, "host memory"};
    std::memset(block.get(), 0, bytes);
    *memory = block.get();
    m_free -= bytes;
    m_blocks[*memory] = {std::move(block), bytes};
    return {};
}

void HostExecutor::release(std::byte* memory) {
    const auto found = m_blocks.find(memory);
    if (found == m_blocks.end()) return;
    m_free += found->second.second;
    m_blocks.erase(found);
}

Outcome HostExecutor::freeBytes(std::size_t* bytes) {
    *bytes = m_free;
    return {};
}

Outcome HostExecutor::upload(void* to, const void* from, std::size_t bytes) {
    bytesUp += bytes;
    if (bytes > 0) std::memcpy(to, from, bytes);
    return {};
}

Outcome HostExecutor::download(void* to, const void* from, std::size_t bytes) {
    bytesDown += bytes;
    if (bytes > 0) std::memcpy(to, from, bytes);
    return {};
}

// The copies arrive when somebody waits for them and no sooner, as on a slow device.
Outcome HostExecutor::stage(int buffer, std::span<const Transfer> transfers) {
    bufferCalls += "s" + std::to_string(buffer) + " ";
    m_staged[buffer].clear();
    m_pinned[buffer].clear();
    for (const Transfer& transfer : transfers) {
        const auto* from = static_cast<const std::byte*>(transfer.from);
        m_pinned[buffer].emplace_back(from, from + transfer.bytes);
        m_staged[buffer].push_back({transfer.to, nullptr, transfer.bytes});
    }
    return broken;
}

Outcome HostExecutor::take(int buffer) {
    bufferCalls += "t" + std::to_string(buffer) + " ";
    for (std::size_t i = 0; i < m_staged[buffer].size(); ++i) std::memcpy(m_staged[buffer][i].to, m_pinned[buffer][i].data(), m_staged[buffer][i].bytes);
    m_staged[buffer].clear();
    return {};
}

Outcome HostExecutor::leave(int buffer) {
    bufferCalls += "l" + std::to_string(buffer) + " ";
    return {};
}

Outcome HostExecutor::post(int slot, const void* from, std::size_t bytes) {
    const auto* first = static_cast<const std::byte*>(from);
    m_posted[slot].assign(first, first + bytes);
    return {};
}

Outcome HostExecutor::fetch(int slot, void* to, std::size_t bytes) {
    if (!broken.ok()) return broken;
    std::memcpy(to, m_posted[slot].data(), bytes);
    return {};
}

Outcome HostExecutor::capture(int slot, std::span<const Piece> pieces, std::byte* shadow) {
    if (!broken.ok()) return broken;
    ++captures;
    std::size_t total = 0;
    for (const Piece& piece : pieces) {
        if (piece.bytes > 0) std::memcpy(shadow + total, piece.from, piece.bytes);
        total += piece.bytes;
    }
    m_pictures[slot].assign(total, std::byte{0xFF});
    m_shadow = shadow;
    m_asked = 0;
    return {};
}

// Copied out of the shadow as late as may be.
Outcome HostExecutor::arrived(int slot, bool* there) {
    if (!broken.ok()) return broken;
    *there = m_asked++ >= captureDelay;
    if (*there) std::memcpy(m_pictures[slot].data(), m_shadow, m_pictures[slot].size());
    return {};
}

Outcome HostExecutor::runAll(std::span<const Launch> launches) {
    if (!broken.ok()) return broken;
    for (const Launch& launch : launches) libraryCalls += callsLibrary(launch) ? 1 : 0;
    runOnHost(launches);
    return {};
}

Outcome HostExecutor::run(std::span<const Launch> launches) {
    ++runs;
    return runAll(launches);
}

Outcome HostExecutor::record(int slot, std::span<const Launch> launches) {
    ++records;
    if (!failNextRecord.ok()) return std::exchange(failNextRecord, {});
    m_recorded[slot].assign(launches.begin(), launches.end());
    return runAll(launches);
}

Outcome HostExecutor::replay(int slot) {
    ++replays;
    return runAll(m_recorded.at(slot));
}

Outcome HostExecutor::mark(std::size_t place) {
    if (place >= m_marks.size()) m_marks.resize(place + 1);
    m_marks[place] = std::chrono::steady_clock::now();
    return {};
}

Outcome HostExecutor::seconds(std::size_t from, std::size_t to, double* result) {
    *result = std::chrono::duration<double>(m_marks.at(to) - m_marks.at(from)).count();
    return {};
}

}  // namespace convolab::gpu
