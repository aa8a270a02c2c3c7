#pragma once

#include <concepts>

#include "gpu/kernels/body.h"

/// A *block body* is what the threads of one block do together: they share memory, and go through *phases* at the same
/// pace. Between two phases all of them wait (__syncthreads), so that within a phase no thread reads what another one writes.
/// A plain struct again, with
///   Shared    the block's memory · Own    what a thread keeps from phase to phase, zero at first · kThreads    threads of a block
///   phases()  how many phases there are
///   operator()(phase, block, thread, shared, own)    what one thread does in one phase
/// On the processor it is three nested loops: blocks, phases, threads. Sums run in a fixed order here too.
/// Before a loop whose variables must be registers of the GPU.
#ifdef __CUDA_ARCH__
#define CONVOLAB_UNROLL _Pragma("unroll")
#else
#define CONVOLAB_UNROLL
#endif

namespace convolab::gpu {

template <class Body>
concept BlockBody = requires(const Body body, typename Body::Shared& shared, typename Body::Own& own) {
    { Body::kThreads } -> std::convertible_to<int>;
    { body.phases() } -> std::convertible_to<Index>;
    body(Index{}, Index{}, int{}, shared, own);
};

/// Division of numbers from 0 to 2³¹ − 1 by one that never changes, as a multiplication (Granlund and Montgomery, "Division by
/// invariant integers using multiplication", PLDI 1994, figure 4.1): GPUs have no instruction to divide integers.
struct Divisor {
    std::uint32_t value = 1, factor = 1, shift = 0;

    Divisor() = default;
    explicit Divisor(Index divisor) : value(static_cast<std::uint32_t>(divisor)) {
        while ((std::uint64_t{1} << shift) < value) ++shift;
        factor = static_cast<std::uint32_t>((std::uint64_t{1} << 32) * ((std::uint64_t{1} << shift) - value) / value + 1);
    }
    CONVOLAB_BODY std::int32_t quotient(std::int32_t n) const {
        const auto high = static_cast<std::uint32_t>((static_cast<std::uint64_t>(static_cast<std::uint32_t>(n)) * factor) >> 32);
        return static_cast<std::int32_t>((high + static_cast<std::uint32_t>(n)) >> shift);
    }
    CONVOLAB_BODY std::int32_t rest(std::int32_t n, std::int32_t quotient) const { return n - quotient * static_cast<std::int32_t>(value); }
};

}  // namespace convolab::gpu
