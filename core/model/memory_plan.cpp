#include "core/model/memory_plan.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>

namespace convolab {

namespace {

constexpr std::size_t kAlignFloats = 16;  // 64 bytes

std::size_t readNumber(const char* path) {
    std::ifstream file(path);
    std::size_t value = 0;
    return file >> value ? value : std::numeric_limits<std::size_t>::max();
}

std::size_t lowestGap(const std::vector<const ArenaBuffer*>& placed, const ArenaBuffer& wanted, std::size_t floats) {
    std::size_t offset = 0;
    for (const ArenaBuffer* other : placed) {  // sorted by offset
        if (other->last < wanted.first || other->first > wanted.last) continue;
        if (offset + floats <= other->offset) break;
        offset = std::max(offset, other->offset + (other->floats + kAlignFloats - 1) / kAlignFloats * kAlignFloats);
    }
    return offset;
}

}  // namespace

std::size_t planArena(std::vector<ArenaBuffer>& buffers) {
    std::vector<std::size_t> order(buffers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return buffers[a].floats > buffers[b].floats; });
    std::vector<const ArenaBuffer*> placed;
    std::size_t total = 0;
    for (const std::size_t index : order) {
        ArenaBuffer& buffer = buffers[index];
        const std::size_t floats = (buffer.floats + kAlignFloats - 1) / kAlignFloats * kAlignFloats;
        buffer.offset = lowestGap(placed, buffer, floats);
        total = std::max(total, buffer.offset + floats);
        const auto behind = std::upper_bound(placed.begin(), placed.end(), &buffer,
                                             [](const auto* a, const auto* b) { return a->offset < b->offset; });
        placed.insert(behind, &buffer);
    }
    return total;
}

std::size_t availableMemory() {
    std::size_t available = std::numeric_limits<std::size_t>::max();
    std::ifstream info("/proc/meminfo");
    std::string line;
    while (std::getline(info, line)) {
        if (line.starts_with("MemAvailable:")) available = std::stoull(line.substr(13)) * 1024;
    }
    const std::size_t limit = readNumber("/sys/fs/cgroup/memory.max");
    const std::size_t used = readNumber("/sys/fs/cgroup/memory.current");
    if (limit != std::numeric_limits<std::size_t>::max() && used < limit) available = std::min(available, limit - used);
    return available;
}

}  // namespace convolab
