#include "core/measure/peak_kernels.h"

#include "core/cpu/portable/parallel.h"

namespace convolab::peak {

CONVOLAB_CLONES void triad(float* a, const float* b, const float* c, float s, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) a[i] = b[i] + s * c[i];
}

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("no-tree-vectorize,no-tree-slp-vectorize")))
#endif
float scalarProducts(std::int64_t count, float x) {
    // Eight chains that do not wait for one another.
    float s0 = 0.1F, s1 = 0.2F, s2 = 0.3F, s3 = 0.4F, s4 = 0.5F, s5 = 0.6F, s6 = 0.7F, s7 = 0.8F;
    for (std::int64_t i = 0; i < count; ++i) {
        s0 = s0 * x + 0.5F;
        s1 = s1 * x + 0.5F;
        s2 = s2 * x + 0.5F;
        s3 = s3 * x + 0.5F;
        s4 = s4 * x + 0.5F;
        s5 = s5 * x + 0.5F;
        s6 = s6 * x + 0.5F;
        s7 = s7 * x + 0.5F;
    }
    return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
}

}  // namespace convolab::peak
