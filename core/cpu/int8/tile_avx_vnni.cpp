// Built with -mavx2 -mavxvnni: vpdpbusd multiplies and adds four bytes into 32 bits, exactly.
#include "core/cpu/int8/vector256.h"

namespace convolab::int8 {

namespace {

struct VectorAvxVnni : Vector256 {
    static Sum addGroup(Sum sum, __m256i x, const std::int8_t* weights) {
        return _mm256_dpbusd_avx_epi32(sum, x, load(weights));
    }
    static Sum addPair(Sum sum, __m256i x0, const std::int8_t* w0, __m256i x1, const std::int8_t* w1) {
        return addGroup(addGroup(sum, x0, w0), x1, w1);
    }
};

}  // namespace

void blockAvxVnni(const BlockJob& job) {
    if (job.width == kBlock) runBlock<VectorAvxVnni, 6, 2>(job);
    else runBlock<VectorAvxVnni, 12, 1>(job);
}

}  // namespace convolab::int8
