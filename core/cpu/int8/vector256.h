#pragma once

// What the two 256-bit files share: eight sums side by side. Internal linkage for the reason given in tile_loop.h.

#include <immintrin.h>

#include "core/cpu/int8/tile_loop.h"

namespace convolab::int8 {
namespace {

struct Vector256 {
    using Sum = __m256i;
    static constexpr int kLanes = 8;
    static constexpr bool kHasWide = false;

    static Sum zero() { return _mm256_setzero_si256(); }
    static __m256i pixel(const std::uint8_t* bytes) {
        int four;
        __builtin_memcpy(&four, bytes, sizeof four);
        return _mm256_set1_epi32(four);
    }
    static __m256i load(const std::int8_t* weights) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
    }

    static __m256 scaled(const Finish& to, Sum sum, int column) {
        const auto* bias = reinterpret_cast<const __m256i*>(to.bias + 8 * column);
        const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(sum, _mm256_loadu_si256(bias))),
                                           _mm256_loadu_ps(to.multiplier + 8 * column));
        if (to.slope == 1.0F) return value;
        return _mm256_blendv_ps(value, _mm256_mul_ps(value, _mm256_set1_ps(to.slope)), value);
    }

    /// Whole steps of the grid, at most `high`. Below they may be anything down to the smallest integer.
    static __m256i steps(const Finish& to, Sum sum, int column) {
        return _mm256_cvtps_epi32(_mm256_min_ps(scaled(to, sum, column), _mm256_set1_ps(to.high)));
    }

    /// The first `count` of 16 bytes to an output that has no room for more.
    static void store(__m128i bytes, std::uint8_t* to, int count) {
        if (count == kBlock) return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        if ((count & 8) != 0) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(to), bytes);
            bytes = _mm_unpackhi_epi64(bytes, bytes);
            to += 8;
        }
        auto rest = static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes));
        if ((count & 4) != 0) {
            __builtin_memcpy(to, &rest, 4);
            rest >>= 32;
            to += 4;
        }
        if ((count & 2) != 0) {
            __builtin_memcpy(to, &rest, 2);
            rest >>= 16;
            to += 2;
        }
        if ((count & 1) != 0) *to = static_cast<std::uint8_t>(rest);
    }

    template <int Columns>
    static void finish(const Finish& to, const Sum* sums, std::int64_t at) {
        if (to.floatOutput) {
            float values[kBlock];
            for (int c = 0; c < Columns; ++c) _mm256_storeu_ps(values + 8 * c, scaled(to, sums[c], c));
            copyOutputs(values, static_cast<float*>(to.output) + at, to.outputs);
            return;
        }
        const __m256i first = steps(to, sums[0], 0);
        const __m256i second = Columns == 2 ? steps(to, sums[Columns - 1], Columns - 1) : first;
        // Packing saturates, first at 16 bits and at last at 0, and works within 128-bit lanes: the quarters come out as
        // first 0, second 0, first 1, second 1.
        const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xD8);
        const __m256i words = _mm256_adds_epi16(packed, _mm256_set1_epi16(static_cast<std::int16_t>(to.zeroPoint)));
        const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        const __m128i low = _mm_set1_epi8(static_cast<char>(static_cast<std::int32_t>(to.low) + to.zeroPoint));
        store(_mm_max_epu8(bytes, low), static_cast<std::uint8_t*>(to.output) + at, to.outputs);
    }
};

}  // namespace
}  // namespace convolab::int8
