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
    if (bytes > 0) std::memcpy(to, from, bytes);
    return {};
}

Outcome HostExecutor::download(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
    return {};
}

Outcome HostExecutor::runAll(std::span<const Launch> launches) {
    if (!broken.ok()) return broken;
    for (const Launch& launch : launches) libraryCalls += callOf<MatrixCall>(launch) || callOf<ConvolutionCall>(launch) ? 1 : 0;
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
