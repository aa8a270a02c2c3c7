#pragma once

#include "core/cpu/op.h"

// All that the rest of the program knows of oneDNN. `missing.cpp` stands in where it is built without the library.

namespace convolab {

/// Null where the library has only its plain-loop implementations for these sizes, or is missing.
std::unique_ptr<Op> makeOneDnnConv2dOp(const OpRequest& request);
std::unique_ptr<Op> makeOneDnnDenseOp(const OpRequest& request);  ///< null where the library is missing

namespace onednn {

/// Is the library there?
bool available();
/// "oneDNN", or "portable" without it: what computes convolutions and dense layers.
inline const char* fastestTier() { return available() ? "oneDNN" : "portable"; }

/// "AVX-512", "AVX2", "AVX", "SSE4.1": of this processor, at most what ONEDNN_MAX_CPU_ISA in the environment allows.
const char* instructionSet();

/// C (m, n) = op(A) · op(B), all dense and row-major; op transposes where asked. Multithreaded unless called inside
/// a parallel region. Without the library the portable product.
void gemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          const float* b, float* c);

}  // namespace onednn

}  // namespace convolab
