// Built with -mavx2. Products in 16 bits: vpmaddwd adds two of them in 32 bits, exactly.
#include "core/cpu/int8/vector256.h"
#include "core/cpu/int8/winograd_kernels.h"

namespace convolab::int8 {

namespace {

using Vector = __m256i;

/// One column of a tile, after Bᵀ from the left: rows 0 − 2, 1 + 2, 2 − 1, 1 − 3.
struct Column {
    Vector row[4];
};

inline Vector sixteenChannels(const std::uint8_t* bytes) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

inline Column column(const std::uint8_t* pixel, std::int64_t rowBytes) {
    const Vector d0 = sixteenChannels(pixel), d1 = sixteenChannels(pixel + rowBytes);
    const Vector d2 = sixteenChannels(pixel + 2 * rowBytes), d3 = sixteenChannels(pixel + 3 * rowBytes);
    return {{_mm256_sub_epi16(d0, d2), _mm256_add_epi16(d1, d2), _mm256_sub_epi16(d2, d1), _mm256_sub_epi16(d1, d3)}};
}

inline void store(std::int16_t* to, Vector values) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), values); }

template <int Rows, int Columns>
inline void multiplyTiles(const WinogradProducts& job, std::int64_t first) {
    Vector sums[Rows][Columns];
    CONVOLAB_UNROLL
    for (int r = 0; r < Rows; ++r) {
        CONVOLAB_UNROLL
        for (int c = 0; c < Columns; ++c) sums[r][c] = _mm256_setzero_si256();
    }
    const std::int16_t* values = job.values + first * job.tileStride;
    const auto* weights = reinterpret_cast<const __m256i*>(job.weights);
    for (std::int64_t k = 0; k < job.depth; k += 2, values += 2, weights += Columns) {
        Vector w[Columns];
        CONVOLAB_UNROLL
        for (int c = 0; c < Columns; ++c) w[c] = _mm256_load_si256(weights + c);
        CONVOLAB_UNROLL
        for (int r = 0; r < Rows; ++r) {
            int two;
            __builtin_memcpy(&two, values + r * job.tileStride, sizeof two);
            const Vector x = _mm256_set1_epi32(two);
            CONVOLAB_UNROLL
            for (int c = 0; c < Columns; ++c) {
                sums[r][c] = _mm256_add_epi32(sums[r][c], _mm256_madd_epi16(x, w[c]));
            }
        }
    }
    std::int32_t* to = job.sums + first * Columns * 8;
    CONVOLAB_UNROLL
    for (int r = 0; r < Rows; ++r) {
        CONVOLAB_UNROLL
        for (int c = 0; c < Columns; ++c, to += 8) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sums[r][c]);
    }
}

template <int Rows, int Columns>
inline void multiplyRest(const WinogradProducts& job, std::int64_t first) {
    if constexpr (Rows > 0) {
        if (job.tiles - first == Rows) return multiplyTiles<Rows, Columns>(job, first);
        multiplyRest<Rows - 1, Columns>(job, first);
    }
}

template <int Columns>
inline void multiply(const WinogradProducts& job) {
    std::int64_t first = 0;
    for (; first + kWinogradRows <= job.tiles; first += kWinogradRows) multiplyTiles<kWinogradRows, Columns>(job, first);
    multiplyRest<kWinogradRows - 1, Columns>(job, first);
}

/// Aᵀ M A / 4 for eight outputs: rows and columns 0 + 1 + 2 and 1 − 2 − 3. The quotient is exact.
inline void outputsOf(const std::int32_t* sums, std::int64_t placeStride, Vector (&outputs)[2][2]) {
    Vector upper[4], lower[4];
    for (int j = 0; j < 4; ++j) {
        Vector m[4];
        for (int i = 0; i < 4; ++i) {
            m[i] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums + (4 * i + j) * placeStride));
        }
        upper[j] = _mm256_add_epi32(_mm256_add_epi32(m[0], m[1]), m[2]);
        lower[j] = _mm256_sub_epi32(_mm256_sub_epi32(m[1], m[2]), m[3]);
    }
    const auto finish = [](const Vector (&m)[4], Vector (&row)[2]) {
        row[0] = _mm256_srai_epi32(_mm256_add_epi32(_mm256_add_epi32(m[0], m[1]), m[2]), 2);
        row[1] = _mm256_srai_epi32(_mm256_sub_epi32(_mm256_sub_epi32(m[1], m[2]), m[3]), 2);
    };
    finish(upper, outputs[0]);
    finish(lower, outputs[1]);
}

template <int Columns>
inline void finishTiles(const WinogradOutput& job) {
    for (std::int64_t t = 0; t < job.count; ++t) {
        Vector outputs[Columns][2][2];
        for (int c = 0; c < Columns; ++c) {
            outputsOf(job.sums + (t * Columns + c) * 8, job.placeStride, outputs[c]);
        }
        const WinogradTile& tile = job.tiles[t];
        for (int i = 0; i < tile.rows; ++i) {
            for (int j = 0; j < tile.columns; ++j) {
                Vector own[Columns];
                for (int c = 0; c < Columns; ++c) own[c] = outputs[c][i][j];
                Vector256::finish<Columns>(job.finish, own, (tile.pixel + i * job.rowPixels + j) * job.finish.stride);
            }
        }
    }
}

}  // namespace

void winogradInputAvx2(const WinogradInput& job) {
    for (std::int64_t c = 0; c < job.channels; c += kWinogradChannels) {
        const std::uint8_t* pixel = job.rows + c;
        std::int16_t* to = job.values + c;
        Column left = column(pixel, job.rowBytes), next = column(pixel + job.channels, job.rowBytes);
        for (std::int64_t t = 0; t < job.tiles; ++t, to += job.tileStride) {
            pixel += 2 * job.channels;
            const Column right = column(pixel, job.rowBytes), last = column(pixel + job.channels, job.rowBytes);
            for (int i = 0; i < 4; ++i) {
                std::int16_t* row = to + 4 * i * job.placeStride;
                store(row, _mm256_sub_epi16(left.row[i], right.row[i]));
                store(row + job.placeStride, _mm256_add_epi16(next.row[i], right.row[i]));
                store(row + 2 * job.placeStride, _mm256_sub_epi16(right.row[i], next.row[i]));
                store(row + 3 * job.placeStride, _mm256_sub_epi16(next.row[i], last.row[i]));
            }
            left = right;
            next = last;
        }
    }
}

void winogradProductsAvx2(const WinogradProducts& job) {
    if (job.width == kBlock) multiply<2>(job);
    else multiply<1>(job);
}

void winogradOutputAvx2(const WinogradOutput& job) {
    if (job.width == kBlock) finishTiles<2>(job);
    else finishTiles<1>(job);
}

}  // namespace convolab::int8
