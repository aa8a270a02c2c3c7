#pragma once

#include <type_traits>

#include "gpu/kernels/block.h"
#include "gpu/kernels/factors.h"

/// Matrix products by tiles: a block computes kSide × kSide results, 16 or 64 per thread. All that it needs of both matrices
/// comes into shared memory kDepth columns at a time, so that each value is fetched once per block and not once per result.
/// While one pair of tiles is multiplied, the next one is on its way from memory into registers.
namespace convolab::gpu {

/// What the numbers of a product are and how two of them are multiplied: float32, unless the problem says otherwise.
struct FloatArithmetic {
    using Value = float;
    using Sum = float;
    CONVOLAB_BODY static void add(float& sum, float a, float b) { sum += a * b; }
};
template <class Problem>
struct ArithmeticOf {
    using type = FloatArithmetic;
};
template <class Problem>
    requires requires { typename Problem::Arithmetic; }
struct ArithmeticOf<Problem> {
    using type = typename Problem::Arithmetic;
};
template <class Problem>
using SumOf = typename ArithmeticOf<Problem>::type::Sum;

/// What is multiplied, so that convolutions need not lay their matrices out in memory ("implicit GEMM": Chetlur et al., "cuDNN:
/// efficient primitives for deep learning", 2014, section 3): results(m, n) = Σ a(m, k) · b(k, n). Of a Problem:
///   rows, columns, depth            sizes, below 2³¹
///   groups                          products side by side
///   Row, Column, RowDepth, ColumnDepth   what is worked out once per m, n, k of a, k of b
///   row(group, m), column(group, n), rowDepth(k), columnDepth(k), a(row, depth), b(column, depth)
///   kRowsByDepth, kColumnsByDepth   neighbours in memory differ in k (else in m or n): neighbouring threads fetch those
///   put(group, m, n, sum)
///   Arithmetic                      if values are not float32; values and sums of 4 bytes
template <class Problem, int side>
struct TiledProduct {
    static constexpr int kThreads = 256;
    static constexpr int kSide = side;
    static constexpr int kDepth = 1024 / kSide;  ///< four values of each tile per thread
    static constexpr int kEach = kSide / 16;     ///< results per thread and direction
    static constexpr int kFetched = kSide * kDepth / kThreads;
    /// Blocks that share a multiprocessor. Tiles of 64 keep to the 128 registers per thread that two blocks have: ptxas puts 8 to 20 bytes
    /// per thread of a convolution aside for it (0 of a dense layer), where it would take 127 to 135. Tiles of 128 take 165 to 184, and
    /// at 128 would put 100 to 280 bytes aside, in the loop over the depth: one block (compute capabilities 7.5 and 9.0; not measured).
    static constexpr int kResident = kSide == 64 ? 2 : 1;
    static constexpr int kRoom = kSide + 4;      ///< rows of shared memory begin in different banks

    using Arithmetic = typename ArithmeticOf<Problem>::type;
    using Value = typename Arithmetic::Value;
    using Sum = typename Arithmetic::Sum;

    struct Shared {
        alignas(16) Value a[2][kDepth][kRoom], b[2][kDepth][kRoom];
    };

    /// Which of a tile's values a thread fetches: kFetched lines at one depth, or one line at kFetched depths.
    template <bool byDepth>
    struct Share {
        static constexpr int kLines = byDepth ? kFetched : 1;
        CONVOLAB_BODY static int line(int thread, int j) { return byDepth ? thread / kDepth + j * (kThreads / kDepth) : thread % kSide; }
        CONVOLAB_BODY static int depth(int thread, int j) { return byDepth ? thread % kDepth : thread / kSide + j * (kThreads / kSide); }
    };
    using RowShare = Share<Problem::kRowsByDepth>;
    using ColumnShare = Share<Problem::kColumnsByDepth>;

    struct Own {
        Sum sum[kEach][kEach];
        typename Problem::Row rows[RowShare::kLines];
        typename Problem::Column columns[ColumnShare::kLines];
    };

    Problem p;
    std::int32_t rowTiles, columnTiles, splits;
    std::int32_t each;       ///< depth of one split, a multiple of kDepth
    Sum* partial;            ///< with splits > 1: [split][group][m][n], to be added up by SumSplits
    FactorType type = FactorType::Float32;  ///< to which values are rounded on their way into shared memory, if they are float32

    CONVOLAB_BODY Index phases() const { return each / kDepth + 1; }

    CONVOLAB_BODY void operator()(Index phase, Index block, int thread, Shared& shared, Own& own) const {
        const auto number = static_cast<std::int32_t>(block);
        const std::int32_t firstRow = number % rowTiles * kSide, firstColumn = number / rowTiles % columnTiles * kSide;
        const std::int32_t rest = number / rowTiles / columnTiles, group = rest % p.groups, split = rest / p.groups;
        if (phase == 0) begin(group, firstRow, firstColumn, thread, own);
        const auto tiles = static_cast<Index>(each / kDepth);
        Value a[kFetched], b[kFetched];
        if (phase < tiles) fetch(split * each + static_cast<std::int32_t>(phase) * kDepth, thread, own, a, b);
        if constexpr (std::is_same_v<Value, float>) {
            if (phase < tiles && type != FactorType::Float32) {
                CONVOLAB_UNROLL for (int j = 0; j < kFetched; ++j) {
                    a[j] = roundedTo(type, a[j]);
                    b[j] = roundedTo(type, b[j]);
                }
            }
        }
        if (phase > 0) multiply(shared.a[(phase - 1) & 1], shared.b[(phase - 1) & 1], thread, own);
        if (phase < tiles) {
            CONVOLAB_UNROLL for (int j = 0; j < kFetched; ++j) shared.a[phase & 1][RowShare::depth(thread, j)][RowShare::line(thread, j)] = a[j];
            CONVOLAB_UNROLL for (int j = 0; j < kFetched; ++j) shared.b[phase & 1][ColumnShare::depth(thread, j)][ColumnShare::line(thread, j)] = b[j];
        } else {
            end(group, split, firstRow, firstColumn, thread, own);
        }
    }

  private:
    CONVOLAB_BODY void begin(std::int32_t group, std::int32_t firstRow, std::int32_t firstColumn, int thread, Own& own) const {
        CONVOLAB_UNROLL for (int j = 0; j < RowShare::kLines; ++j) own.rows[j] = p.row(group, least(firstRow + RowShare::line(thread, j), p.rows));
        CONVOLAB_UNROLL for (int j = 0; j < ColumnShare::kLines; ++j) own.columns[j] = p.column(group, least(firstColumn + ColumnShare::line(thread, j), p.columns));
    }

    /// A line behind the last one is the last one: its products land in results that nobody stores.
    CONVOLAB_BODY static std::int32_t least(std::int32_t line, std::int32_t count) { return line < count ? line : count - 1; }

    CONVOLAB_BODY void fetch(std::int32_t from, int thread, const Own& own, Value (&a)[kFetched], Value (&b)[kFetched]) const {
        CONVOLAB_UNROLL for (int j = 0; j < kFetched; ++j) {
            const std::int32_t k = from + RowShare::depth(thread, j);
            a[j] = k < p.depth ? p.a(own.rows[RowShare::kLines == 1 ? 0 : j], p.rowDepth(k)) : Value{};
        }
        CONVOLAB_UNROLL for (int j = 0; j < kFetched; ++j) {
            const std::int32_t k = from + ColumnShare::depth(thread, j);
            b[j] = k < p.depth ? p.b(own.columns[ColumnShare::kLines == 1 ? 0 : j], p.columnDepth(k)) : Value{};
        }
    }

    CONVOLAB_BODY static void multiply(const Value (&a)[kDepth][kRoom], const Value (&b)[kDepth][kRoom], int thread, Own& own) {
        const int row = thread / 16, column = thread % 16;
        CONVOLAB_UNROLL for (int k = 0; k < kDepth; ++k) {
            Value left[kEach], right[kEach];
            CONVOLAB_UNROLL for (int i = 0; i < kEach; ++i) left[i] = a[k][place(row, i)];
            CONVOLAB_UNROLL for (int i = 0; i < kEach; ++i) right[i] = b[k][place(column, i)];
            CONVOLAB_UNROLL for (int i = 0; i < kEach; ++i) {
                CONVOLAB_UNROLL for (int j = 0; j < kEach; ++j) Arithmetic::add(own.sum[i][j], left[i], right[j]);
            }
        }
    }

    /// Four neighbours, then four 64 lines further on: the 16 threads of a row read 64 neighbours at once.
    CONVOLAB_BODY static int place(int thread, int i) { return i / 4 * 64 + 4 * thread + i % 4; }

    CONVOLAB_BODY void end(std::int32_t group, std::int32_t split, std::int32_t firstRow, std::int32_t firstColumn, int thread, const Own& own) const {
        CONVOLAB_UNROLL for (int i = 0; i < kEach; ++i) {
            const std::int32_t m = firstRow + place(thread / 16, i);
            if (m >= p.rows) continue;
            CONVOLAB_UNROLL for (int j = 0; j < kEach; ++j) {
                const std::int32_t n = firstColumn + place(thread % 16, j);
                if (n >= p.columns) continue;
                if (splits > 1) partial[((static_cast<Index>(split) * p.groups + group) * p.rows + m) * p.columns + n] = own.sum[i][j];
                else p.put(group, m, n, own.sum[i][j]);
            }
        }
    }
};

/// Behind a product in splits, one thread per result: their sum, in order.
template <class Problem>
struct SumSplits {
    Problem p;
    const SumOf<Problem>* partial;
    std::int32_t splits;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index results = static_cast<Index>(p.groups) * p.rows * p.columns;
        SumOf<Problem> sum = partial[i];
        for (std::int32_t split = 1; split < splits; ++split) sum += partial[split * results + i];
        const auto n = static_cast<std::int32_t>(i % p.columns), m = static_cast<std::int32_t>(i / p.columns % p.rows);
        p.put(static_cast<std::int32_t>(i / p.columns / p.rows), m, n, sum);
    }
};

}  // namespace convolab::gpu
