// Built with -mavx2. vpmaddubsw adds two products in 16 bits and saturates; the packing (packing.cpp) sees to it that
// this never happens.
#include "core/cpu/int8/vector256.h"

namespace convolab::int8 {

namespace {

struct VectorAvx2 : Vector256 {
    static constexpr bool kHasWide = true;

    static Sum widened(__m256i sum16) { return _mm256_madd_epi16(sum16, _mm256_set1_epi16(1)); }
    static Sum addGroup(Sum sum, __m256i x, const std::int8_t* weights) {
        return _mm256_add_epi32(sum, widened(_mm256_maddubs_epi16(x, load(weights))));
    }
    static Sum addPair(Sum sum, __m256i x0, const std::int8_t* w0, __m256i x1, const std::int8_t* w1) {
        const __m256i both = _mm256_add_epi16(_mm256_maddubs_epi16(x0, load(w0)), _mm256_maddubs_epi16(x1, load(w1)));
        return _mm256_add_epi32(sum, widened(both));
    }
    static __m256i twoWide(const std::int16_t* values) {
        int two;
        __builtin_memcpy(&two, values, sizeof two);
        return _mm256_set1_epi32(two);
    }
    static Sum addWide(Sum sum, __m256i x, const std::int8_t* weights) {
        return _mm256_add_epi32(sum, _mm256_madd_epi16(x, load(weights)));
    }
};

}  // namespace

void blockAvx2(const BlockJob& job) {
    if (job.width == kBlock) runBlock<VectorAvx2, 4, 2>(job);
    else runBlock<VectorAvx2, 6, 1>(job);
}

}  // namespace convolab::int8
