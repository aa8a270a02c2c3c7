#pragma once

#include <cstdint>

namespace convolab {

/// C (m, n) = op(A) · op(B), or C += … with `accumulate`; all dense and row-major, op transposes where asked: A is
/// (m, k) or, transposed, stored (k, m). Eigen multiplies, split over the compute team by rows or columns of C, never
/// over k: the same bits for the same number of threads.
void portableGemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
                  const float* b, float* c, bool accumulate);

/// The same without `accumulate`: what a dense layer calls (oneDNN's has this form, too).
using GemmFunction = void (*)(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k,
                              const float* a, const float* b, float* c);

}  // namespace convolab
