#include "core/compress/coding/coders/index_width.h"

#include <numeric>

#include "core/compress/coding/huffman.h"

namespace convolab {

namespace {

template <class Cost>
int cheapest(Cost cost) {
    int best = 1;
    std::int64_t fewest = cost(1);
    for (int width = 2; width <= kMostIndexBits; ++width) {
        const std::int64_t bits = cost(width);
        if (bits >= fewest) continue;
        fewest = bits;
        best = width;
    }
    return best;
}

}  // namespace

std::int64_t packedIndexBits(const Gaps& gaps, int width) {
    const std::vector<std::int64_t> counts = gaps.symbolCounts(width);
    return width * std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

int packedIndexWidth(const Gaps& gaps) {
    return cheapest([&](int width) { return packedIndexBits(gaps, width); });
}

int huffmanIndexWidth(const Gaps& gaps) {
    return cheapest([&](int width) { return huffmanBits(gaps.symbolCounts(width)); });
}

}  // namespace convolab
