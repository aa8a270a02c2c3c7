#pragma once

#include <cstdint>

namespace convolab {

/// One block of C (+)= op(A) · op(B) on one thread; row-major, strides in floats from row to row as stored.
struct GemmBlock {
    std::int64_t rows = 0, columns = 0, depth = 0;
    const float* a = nullptr;  ///< (rows, depth), or stored (depth, rows) if transposed
    std::int64_t aStride = 0;
    bool transposeA = false;
    const float* b = nullptr;  ///< (depth, columns), or stored (columns, depth) if transposed
    std::int64_t bStride = 0;
    bool transposeB = false;
    float* c = nullptr;
    std::int64_t cStride = 0;
    bool accumulate = false;
};

// Eigen's product, built for two instruction sets in a file each; the caller picks what the processor has.
void eigenGemmBaseline(const GemmBlock& block);
void eigenGemmAvx2(const GemmBlock& block);

}  // namespace convolab
