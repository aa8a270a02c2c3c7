#pragma once

#include "gpu/kernels/convolution_product.h"
#include "gpu/kernels/int8.h"

/// Convolutions and dense layers of int8 as products by tiles (tiles.h) of words: four values side by side in 32 bits. The oracle is
/// Int8Convolution.
namespace convolab::gpu {

/// Four int8 values, the first one lowest.
using Word = std::int32_t;

CONVOLAB_BODY inline Word wordOf(std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
    const auto byte = [](std::int32_t value, int place) { return (static_cast<std::uint32_t>(value) & 0xffU) << (8 * place); };
    return static_cast<Word>(byte(a, 0) | byte(b, 1) | byte(c, 2) | byte(d, 3));
}

/// From a place that is a multiple of 4.
CONVOLAB_BODY inline Word wordAt(const std::int8_t* values) {
#ifdef __CUDA_ARCH__
    return *reinterpret_cast<const Word*>(values);
#else
    Word word;
    std::memcpy(&word, values, sizeof word);
    return word;
#endif
}

/// sum + Σ a_k · b_k over the four values of each: one instruction of GPUs (CUDA C++ Programming Guide, "Integer intrinsics").
CONVOLAB_BODY inline std::int32_t plusDotProduct(std::int32_t sum, Word a, Word b) {
#ifdef __CUDA_ARCH__
    return __dp4a(a, b, sum);
#else
    for (int place = 0; place < 32; place += 8) {
        sum += static_cast<std::int8_t>(static_cast<std::uint32_t>(a) >> place) * static_cast<std::int8_t>(static_cast<std::uint32_t>(b) >> place);
    }
    return sum;
#endif
}

struct WordArithmetic {
    using Value = Word;
    using Sum = std::int32_t;
    CONVOLAB_BODY static void add(Sum& sum, Value a, Value b) { sum = plusDotProduct(sum, a, b); }
};

/// Places of all images × filters, over taps and channels. Σ (x − zero) · w = Σ x · w − zero · Σ w, where padding is `zero`: the second sum
/// is the same for all places, and part of `offset`, bias[f] − zero · Σ w[f]. `inWords`: the channels of a group, and all of them, are
/// multiples of 4.
template <bool inWords>
struct Int8Product {
    static constexpr bool kRowsByDepth = true, kColumnsByDepth = true;
    using Arithmetic = WordArithmetic;
    using Row = Spot;
    using RowDepth = Spot;
    using Column = std::int32_t;
    using ColumnDepth = std::int32_t;

    NarrowShape s;
    std::int32_t rows, columns, depth, groups;  ///< depth in words
    std::int32_t channels, filters;             ///< of all groups
    Word padding;                               ///< inputZero four times
    Places places;
    Divisor channelsOfGroup, kernelWidth;
    const std::int8_t *x, *w;
    const std::int32_t* offset;
    Int8Result result;

    Int8Product() = default;
    Int8Product(const Int8Convolution& c, const std::int32_t* offset, Index n)
        : s(c.s), rows(static_cast<std::int32_t>(n) * s.outPlane), columns(s.filters), depth(NarrowShape::narrow(c.each / 4)),
          groups(NarrowShape::narrow(c.s.groups)), channels(NarrowShape::narrow(c.s.in.channels)), filters(NarrowShape::narrow(c.s.out.channels)),
          padding(wordOf(c.inputZero, c.inputZero, c.inputZero, c.inputZero)), places{Divisor(s.outPlane), Divisor(s.outWidth)},
          channelsOfGroup(s.depth), kernelWidth(s.kernelWidth), x(c.x), w(c.w), offset(offset), result(c.result) {}

    CONVOLAB_BODY Row row(std::int32_t group, std::int32_t m) const {
        const Spot out = places.spot(m, s.inImage, group * s.depth);
        return {out.base, out.row * s.strideHeight - s.padTop, out.column * s.strideWidth - s.padLeft};
    }
    /// Where the tap of weight k lies, and from there its channel.
    CONVOLAB_BODY Spot tap(std::int32_t k) const {
        const std::int32_t number = channelsOfGroup.quotient(k), u = kernelWidth.quotient(number);
        return {channelsOfGroup.rest(k, number), u * s.dilationHeight, kernelWidth.rest(number, u) * s.dilationWidth};
    }
    /// In words, of the four; else only k.
    CONVOLAB_BODY RowDepth rowDepth(std::int32_t k) const {
        if constexpr (inWords) return tap(4 * k);
        else return {4 * k, 0, 0};
    }
    CONVOLAB_BODY Word a(const Row& to, const RowDepth& k) const {
        if constexpr (inWords) {
            const std::int32_t at = place(to, k);
            return at < 0 ? padding : wordAt(x + at);
        } else {
            std::int32_t values[4];
            CONVOLAB_UNROLL for (int i = 0; i < 4; ++i) {
                const std::int32_t at = k.base + i < s.taps * s.depth ? place(to, tap(k.base + i)) : -1;  // a weight of 0 stands there
                values[i] = at < 0 ? static_cast<std::int8_t>(padding) : x[at];
            }
            return wordOf(values[0], values[1], values[2], values[3]);
        }
    }
    CONVOLAB_BODY Column column(std::int32_t group, std::int32_t n) const { return (group * columns + n) * depth; }
    CONVOLAB_BODY ColumnDepth columnDepth(std::int32_t k) const { return k; }
    CONVOLAB_BODY Word b(Column column, ColumnDepth k) const { return wordAt(w + 4 * static_cast<Index>(column + k)); }
    CONVOLAB_BODY void put(std::int32_t group, std::int32_t m, std::int32_t n, std::int32_t sum) const {
        const std::int32_t filter = group * columns + n;
        // The offset may have left 32 bits; the sum comes back into them.
        const auto whole = static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(offset[filter]);
        result.put(static_cast<Index>(m) * filters + filter, filter, static_cast<std::int32_t>(whole));
    }

  private:
    /// Of an input value; negative: padding.
    CONVOLAB_BODY std::int32_t place(const Row& to, const Spot& tap) const {
        const std::int32_t row = to.row + tap.row, column = to.column + tap.column;
        const bool inside = row >= 0 && row < s.inHeight && column >= 0 && column < s.inWidth;
        return inside ? to.base + (row * s.inWidth + column) * channels + tap.base : -1;
    }
};

}  // namespace convolab::gpu
