#pragma once

#include "gpu/kernels/dense.h"
#include "gpu/kernels/tiles.h"

/// The three passes of a dense layer as products by tiles (tiles.h); the oracles are the bodies in dense.h.
namespace convolab::gpu {

/// results[m · columns + n] = Σ a(m, k) · b(k, n) of matrices whose neighbours in memory differ in k (`ByDepth`) or not:
/// a[m · depth + k] or a[k · rows + m], b[n · depth + k] or b[k · columns + n].
template <bool aByDepth, bool bByDepth>
struct MatrixProduct {
    static constexpr bool kRowsByDepth = aByDepth, kColumnsByDepth = bByDepth;
    using Row = std::int32_t;
    using RowDepth = std::int32_t;
    using Column = std::int32_t;
    using ColumnDepth = std::int32_t;

    std::int32_t rows, columns, depth, groups;
    const float *left, *right, *bias;  ///< bias: one per column, may be null
    float* results;
    bool relu = false;

    CONVOLAB_BODY Row row(std::int32_t, std::int32_t m) const { return aByDepth ? m * depth : m; }
    CONVOLAB_BODY RowDepth rowDepth(std::int32_t k) const { return aByDepth ? k : k * rows; }
    CONVOLAB_BODY float a(Row row, RowDepth k) const { return left[row + k]; }
    CONVOLAB_BODY Column column(std::int32_t, std::int32_t n) const { return bByDepth ? n * depth : n; }
    CONVOLAB_BODY ColumnDepth columnDepth(std::int32_t k) const { return bByDepth ? k : k * columns; }
    CONVOLAB_BODY float b(Column column, ColumnDepth k) const { return right[column + k]; }
    CONVOLAB_BODY void put(std::int32_t, std::int32_t m, std::int32_t n, float sum) const {
        results[static_cast<Index>(m) * columns + n] = rectified(relu, bias != nullptr ? sum + bias[n] : sum);
    }
};

using DenseProduct = MatrixProduct<true, true>;                 ///< images × outputs over inputs
using DenseInputGradientProduct = MatrixProduct<true, false>;   ///< images × inputs over outputs
using DenseWeightGradientProduct = MatrixProduct<false, false>; ///< outputs × inputs over images

/// The same for cuBLASLt, which knows no groups. Both factors are float32 or numbers of 16 bits of one type; the results are float32
/// either way. On the processor: one result at a time.
struct MatrixCall {
    static constexpr bool kLibrary = true;
    Index rows, columns, depth;
    bool leftByDepth, rightByDepth, relu;
    ProductFactors left, right;
    const float* bias;
    float* results;
    void operator()(Index i) const {
        const Index m = i / columns, n = i % columns;
        float sum = 0.0F;
        for (Index k = 0; k < depth; ++k) sum += left[leftByDepth ? m * depth + k : k * rows + m] * right[rightByDepth ? n * depth + k : k * columns + n];
        results[i] = rectified(relu, bias != nullptr ? sum + bias[n] : sum);
    }
};

}  // namespace convolab::gpu
