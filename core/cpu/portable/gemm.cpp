#include "core/cpu/portable/gemm.h"

#include <cstring>

#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

// A compiler vector of 16 floats: one AVX-512, two AVX2 or four SSE registers.
typedef float Lanes __attribute__((vector_size(64), aligned(4)));
constexpr std::int64_t kLanes = 16;
constexpr std::int64_t kColumns = 2 * kLanes;  // of C in one tile
constexpr std::int64_t kRows = 4;
constexpr std::int64_t kDepth = 256;           // of k in one pass: a packed panel of B is 32 KiB

struct Problem {
    std::int64_t m, n, k;
    const float* a;
    std::int64_t aRow, aColumn;  // strides
    const float* b;
    std::int64_t bRow, bColumn;
    float* c;
};

CONVOLAB_INLINE void packB(const Problem& p, std::int64_t k0, std::int64_t depth, std::int64_t j0,
                           std::int64_t columns, float* panel) {
    for (std::int64_t k = 0; k < depth; ++k) {
        const float* source = p.b + (k0 + k) * p.bRow + j0 * p.bColumn;
        float* target = panel + k * kColumns;
        for (std::int64_t j = 0; j < columns; ++j) target[j] = source[j * p.bColumn];
        for (std::int64_t j = columns; j < kColumns; ++j) target[j] = 0.0F;
    }
}

/// Adds A[i0 … i0 + rows) · panel to a tile of C.
template <int Rows>
CONVOLAB_INLINE void tile(const Problem& p, std::int64_t k0, std::int64_t depth, std::int64_t i0, std::int64_t j0,
                          std::int64_t columns, const float* panel) {
    Lanes sum[Rows][2];
    for (int r = 0; r < Rows; ++r) sum[r][0] = sum[r][1] = Lanes{};
    const float* a = p.a + i0 * p.aRow + k0 * p.aColumn;
    for (std::int64_t k = 0; k < depth; ++k) {
        Lanes left, right;
        std::memcpy(&left, panel + k * kColumns, sizeof left);
        std::memcpy(&right, panel + k * kColumns + kLanes, sizeof right);
        for (int r = 0; r < Rows; ++r) {
            const float value = a[r * p.aRow + k * p.aColumn];
            sum[r][0] += value * left;
            sum[r][1] += value * right;
        }
    }
    for (int r = 0; r < Rows; ++r) {
        float row[kColumns];
        std::memcpy(row, sum[r], sizeof row);
        float* c = p.c + (i0 + r) * p.n + j0;
        for (std::int64_t j = 0; j < columns; ++j) c[j] += row[j];
    }
}

CONVOLAB_CLONES void multiplyPart(const Problem& p, std::int64_t i0, std::int64_t i1, std::int64_t j0,
                                  std::int64_t j1) {
    alignas(64) float panel[kDepth * kColumns];
    for (std::int64_t j = j0; j < j1; j += kColumns) {
        const std::int64_t columns = std::min(kColumns, j1 - j);
        for (std::int64_t k = 0; k < p.k; k += kDepth) {
            const std::int64_t depth = std::min(kDepth, p.k - k);
            packB(p, k, depth, j, columns, panel);
            std::int64_t i = i0;
            for (; i + kRows <= i1; i += kRows) tile<kRows>(p, k, depth, i, j, columns, panel);
            for (; i < i1; ++i) tile<1>(p, k, depth, i, j, columns, panel);
        }
    }
}

}  // namespace

void portableGemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                  const float* b, float* c, bool accumulate) {
    const Problem problem{m, n, k, a, transposeA ? 1 : k, transposeA ? m : 1, b, transposeB ? 1 : n,
                          transposeB ? k : 1, c};
    // Whole tiles per thread, along the longer side.
    const bool byRows = m >= n;
    const std::int64_t unit = byRows ? kRows : kColumns;
    const std::int64_t length = byRows ? m : n;
    const std::int64_t work = std::max<std::int64_t>(1, unit * k * (byRows ? n : m));
    parallelFor((length + unit - 1) / unit, std::max<std::int64_t>(1, 65536 / work),
                [&](std::int64_t begin, std::int64_t end) {
                    const std::int64_t first = begin * unit;
                    const std::int64_t last = std::min(length, end * unit);
                    const std::int64_t i0 = byRows ? first : 0;
                    const std::int64_t i1 = byRows ? last : m;
                    const std::int64_t j0 = byRows ? 0 : first;
                    const std::int64_t j1 = byRows ? n : last;
                    if (!accumulate) {
                        for (std::int64_t i = i0; i < i1; ++i) std::fill(c + i * n + j0, c + i * n + j1, 0.0F);
                    }
                    multiplyPart(problem, i0, i1, j0, j1);
                });
}

}  // namespace convolab
