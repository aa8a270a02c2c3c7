#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/backend/gpu_module.h"
#include "gpu/launch/launch.h"

namespace convolab::gpu {

/// What a call came to; `words` are the device's own where it failed.
struct Outcome {
    std::int32_t state = kGpuReady;  ///< ConvolabGpuState
    std::string words;
    bool ok() const { return state == kGpuReady; }
};

/// One device. Copies and launches happen in the order of the calls; a download has waited for everything before it.
class Executor {
  public:
    virtual ~Executor() = default;

    /// Aligned to 256 bytes and filled with zeros.
    virtual Outcome allocate(std::size_t bytes, std::byte** memory) = 0;
    virtual void release(std::byte* memory) = 0;
    virtual Outcome freeBytes(std::size_t* bytes) = 0;
    virtual Outcome upload(void* to, const void* from, std::size_t bytes) = 0;
    virtual Outcome download(void* to, const void* from, std::size_t bytes) = 0;

    virtual Outcome run(std::span<const Launch> launches) = 0;
    /// Runs the launches and keeps them under `slot` (from 0; in place of what was there).
    virtual Outcome record(int slot, std::span<const Launch> launches) = 0;
    virtual Outcome replay(int slot) = 0;
};

}  // namespace convolab::gpu
