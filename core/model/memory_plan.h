#pragma once

#include <cstdint>
#include <vector>

namespace convolab {

/// A piece of the arena: needed from time `first` to time `last`, both included.
struct ArenaBuffer {
    std::size_t floats = 0;
    int first = 0;
    int last = 0;
    std::size_t offset = 0;  ///< set by planArena, in floats, a multiple of 16
};

/// Gives buffers whose times overlap disjoint places (largest first, lowest gap that fits). Returns the floats needed.
std::size_t planArena(std::vector<ArenaBuffer>& buffers);

/// Bytes that a new allocation may reasonably take: free memory, and what the control group still allows.
std::size_t availableMemory();

}  // namespace convolab
