#pragma once

#include <cstddef>
#include <span>

#include "gpu/launch/launch.h"
#include "gpu/launch/outcome.h"

namespace convolab::gpu {

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

    /// One copy to the device.
    struct Transfer {
        void* to;
        const void* from;
        std::size_t bytes;
    };
    /// Brings a batch to the device beside what runs there: `from` may change when the call returns. Waits for the launches between
    /// take(buffer) and leave(buffer) before. Buffers are 0 and 1.
    virtual Outcome stage(int buffer, std::span<const Transfer> transfers) = 0;
    virtual Outcome take(int buffer) = 0;   ///< what is run from now on waits for the staged copies
    virtual Outcome leave(int buffer) = 0;  ///< what is run from now on does not read them
    /// Copies from the device behind what runs now, without waiting; `fetch` waits for it. Slots are 0 and 1.
    virtual Outcome post(int slot, const void* from, std::size_t bytes) = 0;
    virtual Outcome fetch(int slot, void* to, std::size_t bytes) = 0;

    /// A piece of the device's memory.
    struct Piece {
        const void* from;
        std::size_t bytes;
    };
    /// A picture of the pieces as they are behind what runs now: into `shadow`, one after the other, which what is run from now on waits
    /// for; and from there into page-locked memory, which nothing waits for. The one before must have arrived. Slots are 0 and 1.
    virtual Outcome capture(int slot, std::span<const Piece> pieces, std::byte* shadow) = 0;
    virtual Outcome arrived(int slot, bool* there) = 0;  ///< does not wait
    virtual const std::byte* picture(int slot) = 0;      ///< that has arrived

    virtual int ordinal() const { return -1; }  ///< of a GPU
    virtual void* stream() = 0;  ///< for libraries that put something on it; null on the processor
    virtual std::uint32_t libraries() const = 0;  ///< LibraryBits: whose calls may be among the launches
    /// Whether the device's libraries take all calls among the launches. Before these are run or recorded.
    virtual Outcome prepare(std::span<const Launch> launches) = 0;
    virtual Outcome run(std::span<const Launch> launches) = 0;
    /// Runs the launches and keeps them under `slot` (from 0; in place of what was there).
    virtual Outcome record(int slot, std::span<const Launch> launches) = 0;
    virtual Outcome replay(int slot) = 0;

    // Times. A mark notes when everything before it is done; `seconds` waits for both marks.
    virtual ConvolabGpuClock clock() const = 0;
    virtual Outcome mark(std::size_t place) = 0;  ///< places count from 0; one may be used again
    virtual Outcome seconds(std::size_t from, std::size_t to, double* result) = 0;
    /// Warps of the launch's kernel that fit on one multiprocessor, as a share of the most that any kernel has; 0: unknown.
    virtual double occupancy(const Launch& launch) = 0;
    /// What the launch's products run on: ConvolabGpuUnits.
    virtual std::int32_t units(const Launch& launch) const = 0;
};

}  // namespace convolab::gpu
