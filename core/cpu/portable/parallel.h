#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

#include "core/cpu/compute_team.h"

// Kernels are compiled for several instruction sets and picked at start-up. Sanitizers run before the resolvers can.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CONVOLAB_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CONVOLAB_CLONES
#endif
#define CONVOLAB_INLINE inline __attribute__((always_inline))

namespace convolab {

/// Runs body(begin, end) on contiguous, statically chosen parts of 0 … count − 1: the same parts for the same number
/// of threads. Parts smaller than `grain` are not worth a thread.
template <class Body>
void parallelFor(std::int64_t count, std::int64_t grain, Body&& body) {
    const std::int64_t useful = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, grain));
    const int threads = static_cast<int>(std::min<std::int64_t>(computeThreads(), useful));
    if (threads <= 1) {
        if (count > 0) body(std::int64_t{0}, count);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        const std::int64_t team = omp_get_num_threads();
        const std::int64_t me = omp_get_thread_num();
        const std::int64_t begin = count * me / team;
        const std::int64_t end = count * (me + 1) / team;
        if (begin < end) body(begin, end);
    }
}

/// Elements per thread below which a parallel region costs more than it saves.
inline constexpr std::int64_t kElementGrain = 8192;

}  // namespace convolab
