#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/cpu/compute_team.h"
#include "core/train/finite.h"

// One body, compiled for several instruction sets and chosen when the program starts. Without contraction the
// results do not depend on the choice. Sanitizers run before the choice is made, so they get the plain
// version.
#if defined(__x86_64__) && !defined(CONVOLAB_PLAIN_LOOPS)
#define CONVOLAB_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CONVOLAB_VECTOR_CLONES
#endif

namespace convolab {

/// Four float arrays of this length stay in a second-level cache.
inline constexpr std::size_t kElementwisePiece = 16384;

/// Calls work(first, count) for pieces of [0, total) on the compute team; small ranges stay on the calling
/// thread.
template <class Work>
void inPieces(std::size_t total, const Work& work) {
    constexpr std::size_t kPiece = kElementwisePiece;
    const auto pieces = static_cast<std::int64_t>((total + kPiece - 1) / kPiece);
#pragma omp parallel for schedule(static) num_threads(computeThreads()) if (pieces > 3)
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
        const std::size_t first = static_cast<std::size_t>(piece) * kPiece;
        work(first, std::min(kPiece, total - first));
    }
}

/// The same for new weights; false if one is NaN or infinite. Each piece is looked at while it is in the cache.
template <class Work>
bool updateInPieces(std::span<float> weights, const Work& work) {
    std::atomic<bool> finite = true;
    inPieces(weights.size(), [&](std::size_t first, std::size_t count) {
        work(first, count);
        if (!allFinite(weights.subspan(first, count))) finite.store(false, std::memory_order_relaxed);
    });
    return finite;
}

}  // namespace convolab
