#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "gpu/libraries/libraries.h"
#include "gpu/session/executor.h"

namespace convolab::gpu {

/// A device that is this processor: plain loops over the bodies, with as much memory as is said. What the CUDA executor does
/// in order, this one does at once.
class HostExecutor final : public Executor {
  public:
    explicit HostExecutor(std::size_t memoryBytes) : m_free(memoryBytes) {}

    Outcome allocate(std::size_t bytes, std::byte** memory) override;
    void release(std::byte* memory) override;
    Outcome freeBytes(std::size_t* bytes) override;
    Outcome upload(void* to, const void* from, std::size_t bytes) override;
    Outcome download(void* to, const void* from, std::size_t bytes) override;
    Outcome stage(int buffer, std::span<const Transfer> transfers) override;
    Outcome take(int buffer) override;
    Outcome leave(int buffer) override;
    Outcome post(int slot, const void* from, std::size_t bytes) override;
    Outcome fetch(int slot, void* to, std::size_t bytes) override;
    Outcome capture(int slot, std::span<const Piece> pieces, std::byte* shadow) override;
    Outcome arrived(int slot, bool* there) override;
    const std::byte* picture(int slot) override { return m_pictures[slot].data(); }
    void* stream() override { return nullptr; }
    std::uint32_t libraries() const override { return librariesFound; }
    Outcome prepare(std::span<const Launch>) override { return failPrepare; }
    Outcome run(std::span<const Launch> launches) override;
    Outcome record(int slot, std::span<const Launch> launches) override;
    Outcome replay(int slot) override;
    ConvolabGpuClock clock() const override { return kGpuHostClock; }
    Outcome mark(std::size_t place) override;
    Outcome seconds(std::size_t from, std::size_t to, double* result) override;
    double occupancy(const Launch&) override { return 0.0; }
    std::int32_t units(const Launch& launch) const override { return unitsOf(launch, precision); }

    // For tests: what was done, the order of calls on buffers (s0 t0 l0 …), and failures to come.
    std::string bufferCalls;
    int libraryCalls = 0;
    std::size_t bytesUp = 0, bytesDown = 0;  ///< by upload and download
    int runs = 0, records = 0, replays = 0;
    Outcome broken;           ///< not ready: the answer of every run from now on
    Outcome failNextRecord;
    std::uint32_t librariesFound = 0;
    Precision precision = Precision::Float32;  ///< of the libraries that are pretended
    int captureDelay = 0;     ///< a picture has arrived when it was asked for so many times in vain
    int captures = 0;
    Outcome failPrepare;
    void takeMemory(std::size_t left) { m_free = left; }  ///< as another program does

  private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    Outcome runAll(std::span<const Launch> launches);

    std::size_t m_free;
    std::map<std::byte*, std::pair<std::unique_ptr<std::byte[], Free>, std::size_t>> m_blocks;
    std::map<int, std::vector<Launch>> m_recorded;
    std::vector<Transfer> m_staged[2];          // copied as late as may be: at take
    std::vector<std::vector<std::byte>> m_pinned[2];
    std::vector<std::byte> m_posted[2];
    std::vector<std::byte> m_pictures[2];
    const std::byte* m_shadow = nullptr;
    int m_asked = 0;
    std::vector<std::chrono::steady_clock::time_point> m_marks;
};

}  // namespace convolab::gpu
