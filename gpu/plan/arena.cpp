#include "gpu/plan/arena.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace convolab::gpu {

namespace {

/// `busy`: the placed pieces that are needed at the same time, by offset.
std::size_t smallestGap(const std::vector<const ArenaPiece*>& busy, std::size_t bytes) {
    std::size_t best = 0, bestGap = std::numeric_limits<std::size_t>::max(), from = 0;
    for (const ArenaPiece* other : busy) {
        if (other->offset >= from + bytes && other->offset - from < bestGap) {
            best = from;
            bestGap = other->offset - from;
        }
        from = std::max(from, other->offset + alignedSize(other->bytes));
    }
    return bestGap == std::numeric_limits<std::size_t>::max() ? from : best;
}

}  // namespace

std::size_t placePieces(std::vector<ArenaPiece>& pieces) {
    std::vector<std::size_t> order(pieces.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return pieces[a].bytes > pieces[b].bytes; });
    std::size_t total = 0;
    for (auto now = order.begin(); now != order.end(); ++now) {
        ArenaPiece& piece = pieces[*now];
        std::vector<const ArenaPiece*> busy;
        for (auto placed = order.begin(); placed != now; ++placed) {
            const ArenaPiece& other = pieces[*placed];
            if (other.first <= piece.last && piece.first <= other.last) busy.push_back(&other);
        }
        std::ranges::sort(busy, {}, &ArenaPiece::offset);
        piece.offset = smallestGap(busy, alignedSize(piece.bytes));
        total = std::max(total, piece.offset + alignedSize(piece.bytes));
    }
    return total;
}

std::size_t peakOfPieces(const std::vector<ArenaPiece>& pieces) {
    std::map<int, std::ptrdiff_t> changes;
    for (const ArenaPiece& piece : pieces) {
        const auto bytes = static_cast<std::ptrdiff_t>(alignedSize(piece.bytes));
        changes[piece.first] += bytes;
        changes[piece.last + 1] -= bytes;
    }
    std::ptrdiff_t now = 0, peak = 0;
    for (const auto& [time, change] : changes) {
        now += change;
        peak = std::max(peak, now);
    }
    return static_cast<std::size_t>(peak);
}

std::int64_t largestBatchThatFits(std::int64_t most, std::size_t free, const std::function<std::size_t(std::int64_t)>& bytes) {
    std::int64_t fits = 0, beyond = most + 1;
    while (beyond - fits > 1) {
        const std::int64_t middle = fits + (beyond - fits) / 2;
        (bytes(middle) <= free ? fits : beyond) = middle;
    }
    return fits;
}

}  // namespace convolab::gpu
