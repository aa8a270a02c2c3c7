// Built with -mavx512f -mavx512bw -mavx512vl -mavx512vnni: 16 sums side by side.
#include <immintrin.h>

#include "core/cpu/int8/tile_loop.h"

namespace convolab::int8 {

namespace {

struct VectorAvx512 {
    using Sum = __m512i;
    static constexpr int kLanes = 16;
    static constexpr bool kHasWide = false;

    static Sum zero() { return _mm512_setzero_si512(); }
    static __m512i pixel(const std::uint8_t* bytes) {
        int four;
        __builtin_memcpy(&four, bytes, sizeof four);
        return _mm512_set1_epi32(four);
    }
    static Sum addGroup(Sum sum, __m512i x, const std::int8_t* weights) {
        return _mm512_dpbusd_epi32(sum, x, _mm512_load_si512(weights));
    }
    static Sum addPair(Sum sum, __m512i x0, const std::int8_t* w0, __m512i x1, const std::int8_t* w1) {
        return addGroup(addGroup(sum, x0, w0), x1, w1);
    }

    template <int Columns>
    static void finish(const Finish& to, const Sum* sums, std::int64_t at) {
        static_assert(Columns == 1);
        const auto exist = static_cast<__mmask16>((1U << to.outputs) - 1U);
        __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_add_epi32(sums[0], _mm512_loadu_si512(to.bias))),
                                     _mm512_loadu_ps(to.multiplier));
        if (to.slope != 1.0F) {
            const __mmask16 negative = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ);
            value = _mm512_mask_mul_ps(value, negative, value, _mm512_set1_ps(to.slope));
        }
        if (to.floatOutput) return _mm512_mask_storeu_ps(static_cast<float*>(to.output) + at, exist, value);
        value = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(to.low)), _mm512_set1_ps(to.high));
        const __m512i integer = _mm512_add_epi32(_mm512_cvtps_epi32(value), _mm512_set1_epi32(to.zeroPoint));
        _mm_mask_storeu_epi8(static_cast<std::uint8_t*>(to.output) + at, exist, _mm512_cvtepi32_epi8(integer));
    }
};

}  // namespace

void blockAvx512Vnni(const BlockJob& job) { runBlock<VectorAvx512, 12, 1>(job); }

}  // namespace convolab::int8
