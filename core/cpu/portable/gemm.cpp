#include "core/cpu/portable/gemm.h"

#include "core/cpu/portable/eigen_gemm.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

constexpr std::int64_t kUnit = 16;  // rows or columns of C that stay on one thread

using BlockFunction = void (*)(const GemmBlock&);

BlockFunction fastestBlock() {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return avx2 ? eigenGemmAvx2 : eigenGemmBaseline;
}

}  // namespace

void portableGemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                  const float* b, float* c, bool accumulate) {
    static const BlockFunction multiply = fastestBlock();
    const std::int64_t aStride = transposeA ? m : k;
    const std::int64_t bStride = transposeB ? k : n;
    const bool byRows = m >= n;
    const std::int64_t length = byRows ? m : n;
    const std::int64_t work = std::max<std::int64_t>(1, kUnit * k * (byRows ? n : m));
    parallelFor((length + kUnit - 1) / kUnit, std::max<std::int64_t>(1, 65536 / work),
                [&](std::int64_t begin, std::int64_t end) {
                    const std::int64_t first = begin * kUnit;
                    const std::int64_t count = std::min(length, end * kUnit) - first;
                    GemmBlock block{.rows = m, .columns = n, .depth = k, .a = a, .aStride = aStride,
                                    .transposeA = transposeA, .b = b, .bStride = bStride, .transposeB = transposeB,
                                    .c = c, .cStride = n, .accumulate = accumulate};
                    if (byRows) {
                        block.rows = count;
                        block.a += transposeA ? first : first * aStride;
                        block.c += first * n;
                    } else {
                        block.columns = count;
                        block.b += transposeB ? first * bStride : first;
                        block.c += first;
                    }
                    multiply(block);
                });
}

}  // namespace convolab
