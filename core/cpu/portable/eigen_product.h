// Included by one .cpp per instruction set, which first renames Eigen's namespace: the linker must not merge template
// instances that were compiled for different processors.
#pragma once

#include <Eigen/Core>

#include "core/cpu/portable/eigen_gemm.h"

namespace {

inline void eigenProduct(const convolab::GemmBlock& block) {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Stride = Eigen::OuterStride<>;
    using Stored = Eigen::Map<const Matrix, 0, Stride>;
    Eigen::Map<Matrix, 0, Stride> c(block.c, block.rows, block.columns, Stride(block.cStride));
    const auto multiply = [&](const auto& a, const auto& b) {
        if (block.accumulate) {
            c.noalias() += a * b;
        } else {
            c.noalias() = a * b;
        }
    };
    const auto withA = [&](const auto& a) {
        if (block.transposeB) {
            multiply(a, Stored(block.b, block.columns, block.depth, Stride(block.bStride)).transpose());
        } else {
            multiply(a, Stored(block.b, block.depth, block.columns, Stride(block.bStride)));
        }
    };
    if (block.transposeA) {
        withA(Stored(block.a, block.depth, block.rows, Stride(block.aStride)).transpose());
    } else {
        withA(Stored(block.a, block.rows, block.depth, Stride(block.aStride)));
    }
}

}  // namespace
