#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace convolab::gpu {

/// What CUDA's own allocations are aligned to (CUDA C++ Programming Guide, "Device Memory Accesses").
inline constexpr std::size_t kArenaAlignment = 256;
inline constexpr int kForever = 1 << 30;

inline std::size_t alignedSize(std::size_t bytes) { return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment; }

/// A piece of the arena: needed from time `first` to time `last`, both included.
struct ArenaPiece {
    std::size_t bytes = 0;
    int first = 0, last = 0;
    std::size_t offset = 0;  ///< set by placePieces, a multiple of kArenaAlignment
};

/// Gives pieces whose times overlap disjoint places: the largest first, each into the smallest gap that holds it. Returns the
/// bytes needed.
std::size_t placePieces(std::vector<ArenaPiece>& pieces);

/// The most bytes that are in use at one time: no placement needs less.
std::size_t peakOfPieces(const std::vector<ArenaPiece>& pieces);

/// The largest batch from 1 to `most` whose bytes(batch) are at most `free`; 0 if not even one image fits. `bytes` must grow
/// with the batch.
std::int64_t largestBatchThatFits(std::int64_t most, std::size_t free, const std::function<std::size_t(std::int64_t)>& bytes);

}  // namespace convolab::gpu
