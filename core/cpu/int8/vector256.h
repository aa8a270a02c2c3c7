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

    static __m256 scaled(const BlockJob& job, Sum sum, int column) {
        const auto* bias = reinterpret_cast<const __m256i*>(job.bias + 8 * column);
        const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(sum, _mm256_loadu_si256(bias))),
                                           _mm256_loadu_ps(job.multiplier + 8 * column));
        if (job.slope == 1.0F) return value;
        return _mm256_blendv_ps(value, _mm256_mul_ps(value, _mm256_set1_ps(job.slope)), value);
    }

    static __m256i onGrid(const BlockJob& job, __m256 value) {
        const __m256 clamped =
            _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(job.low)), _mm256_set1_ps(job.high));
        return _mm256_add_epi32(_mm256_cvtps_epi32(clamped), _mm256_set1_epi32(job.zeroPoint));
    }

    template <int Columns>
    static void finish(const BlockJob& job, const Sum* sums, std::int64_t at) {
        if (job.floatOutput) {
            float values[kBlock];
            for (int c = 0; c < Columns; ++c) _mm256_storeu_ps(values + 8 * c, scaled(job, sums[c], c));
            copyOutputs(values, static_cast<float*>(job.output) + at, job.outputs);
            return;
        }
        const __m256i low = onGrid(job, scaled(job, sums[0], 0));
        const __m256i high = Columns == 2 ? onGrid(job, scaled(job, sums[Columns - 1], Columns - 1)) : low;
        // Packing works within 128-bit lanes: the quarters come out as low 0, high 0, low 1, high 1.
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xD8);
        const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        auto* output = static_cast<std::uint8_t*>(job.output) + at;
        if (job.outputs == kBlock) return _mm_storeu_si128(reinterpret_cast<__m128i*>(output), bytes);
        alignas(16) std::uint8_t values[kBlock];
        _mm_store_si128(reinterpret_cast<__m128i*>(values), bytes);
        copyOutputs(values, output, job.outputs);
    }
};

}  // namespace
}  // namespace convolab::int8
