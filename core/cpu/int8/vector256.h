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

    static __m256i onGrid(const Finish& to, __m256 value) {
        const __m256 clamped =
            _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(to.low)), _mm256_set1_ps(to.high));
        return _mm256_add_epi32(_mm256_cvtps_epi32(clamped), _mm256_set1_epi32(to.zeroPoint));
    }

    template <int Columns>
    static void finish(const Finish& to, const Sum* sums, std::int64_t at) {
        if (to.floatOutput) {
            float values[kBlock];
            for (int c = 0; c < Columns; ++c) _mm256_storeu_ps(values + 8 * c, scaled(to, sums[c], c));
            copyOutputs(values, static_cast<float*>(to.output) + at, to.outputs);
            return;
        }
        const __m256i low = onGrid(to, scaled(to, sums[0], 0));
        const __m256i high = Columns == 2 ? onGrid(to, scaled(to, sums[Columns - 1], Columns - 1)) : low;
        // Packing works within 128-bit lanes: the quarters come out as low 0, high 0, low 1, high 1.
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xD8);
        const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        auto* output = static_cast<std::uint8_t*>(to.output) + at;
        if (to.outputs == kBlock) return _mm_storeu_si128(reinterpret_cast<__m128i*>(output), bytes);
        alignas(16) std::uint8_t values[kBlock];
        _mm_store_si128(reinterpret_cast<__m128i*>(values), bytes);
        copyOutputs(values, output, to.outputs);
    }
};

}  // namespace
}  // namespace convolab::int8
