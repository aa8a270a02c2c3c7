#pragma once

#include "gpu/kernels/convolution.h"
#include "gpu/kernels/tiles.h"

/// The three passes of a convolution as products of matrices that are never laid out (tiles.h). The oracle of each is the body
/// of the same formula in convolution.h.
namespace convolab::gpu {

/// ConvolutionShape in 32 bits; all places in images and maps of a batch must be below 2³¹.
struct NarrowShape {
    std::int32_t depth, filters;  ///< of one group
    std::int32_t inHeight, inWidth, inPlane, inImage, outHeight, outWidth, outPlane, outImage;
    std::int32_t taps, kernelWidth, strideHeight, strideWidth, padTop, padLeft, dilationHeight, dilationWidth;

    explicit NarrowShape(const ConvolutionShape& s)
        : depth(narrow(s.depth())), filters(narrow(s.filtersPerGroup())),
          inHeight(narrow(s.in.height)), inWidth(narrow(s.in.width)), inPlane(narrow(s.in.plane())), inImage(narrow(s.in.image())),
          outHeight(narrow(s.out.height)), outWidth(narrow(s.out.width)), outPlane(narrow(s.out.plane())), outImage(narrow(s.out.image())),
          taps(narrow(s.kernelHeight * s.kernelWidth)), kernelWidth(narrow(s.kernelWidth)),
          strideHeight(narrow(s.strideHeight)), strideWidth(narrow(s.strideWidth)), padTop(narrow(s.padTop)), padLeft(narrow(s.padLeft)),
          dilationHeight(narrow(s.dilationHeight)), dilationWidth(narrow(s.dilationWidth)) {}
    NarrowShape() = default;
    static std::int32_t narrow(Index value) { return static_cast<std::int32_t>(value); }
};

/// A place in a batch of maps: where its map begins, and row and column in it; of input values they may lie outside.
struct Spot {
    std::int32_t base, row, column;
};

/// Number n of a batch's places as image, row and column: n = (image · height + row) · width + column.
struct Places {
    Divisor plane, width;
    CONVOLAB_BODY Spot spot(std::int32_t n, std::int32_t image, std::int32_t first) const {
        const std::int32_t number = plane.quotient(n), within = plane.rest(n, number), row = width.quotient(within);
        return {number * image + first, row, width.rest(within, row)};
    }
};

/// Filters × places of all images, over channels and taps.
struct ConvolutionProduct {
    static constexpr bool kRowsByDepth = true, kColumnsByDepth = false;
    using Row = std::int32_t;
    using RowDepth = std::int32_t;
    using Column = Spot;
    using ColumnDepth = Spot;

    NarrowShape s;
    std::int32_t rows, columns, depth, groups;
    Places places, taps;  ///< of the output; of the kernel
    const float *x, *w, *bias;  ///< bias may be null
    float* y;
    bool relu = false;

    ConvolutionProduct() = default;
    ConvolutionProduct(const ConvolutionShape& shape, const float* x, const float* w, const float* bias, float* y, bool relu, Index n)
        : s(shape), rows(s.filters), columns(static_cast<std::int32_t>(n) * s.outPlane), depth(s.depth * s.taps), groups(static_cast<std::int32_t>(shape.groups)),
          places{Divisor(s.outPlane), Divisor(s.outWidth)}, taps{Divisor(s.taps), Divisor(s.kernelWidth)}, x(x), w(w), bias(bias), y(y), relu(relu) {}

    CONVOLAB_BODY Row row(std::int32_t group, std::int32_t m) const { return (group * rows + m) * depth; }
    CONVOLAB_BODY RowDepth rowDepth(std::int32_t k) const { return k; }
    CONVOLAB_BODY float a(Row row, RowDepth k) const { return w[row + k]; }
    CONVOLAB_BODY Column column(std::int32_t group, std::int32_t n) const {
        const Spot out = places.spot(n, s.inImage, group * s.depth * s.inPlane);
        return {out.base, out.row * s.strideHeight - s.padTop, out.column * s.strideWidth - s.padLeft};
    }
    CONVOLAB_BODY ColumnDepth columnDepth(std::int32_t k) const {
        const Spot tap = taps.spot(k, s.inPlane, 0);
        return {tap.base, tap.row * s.dilationHeight, tap.column * s.dilationWidth};
    }
    CONVOLAB_BODY float b(const Column& to, const ColumnDepth& tap) const {
        const std::int32_t row = to.row + tap.row, column = to.column + tap.column;
        const bool inside = row >= 0 && row < s.inHeight && column >= 0 && column < s.inWidth;
        return inside ? x[to.base + tap.base + row * s.inWidth + column] : 0.0F;
    }
    CONVOLAB_BODY void put(std::int32_t group, std::int32_t m, std::int32_t n, float sum) const {
        const std::int32_t filter = group * rows + m, image = places.plane.quotient(n);
        y[image * s.outImage + filter * s.outPlane + places.plane.rest(n, image)] = rectified(relu, bias != nullptr ? sum + bias[filter] : sum);
    }
};

/// Channels × places of all images, over filters and taps.
struct InputGradientProduct {
    static constexpr bool kRowsByDepth = true, kColumnsByDepth = false;
    using Row = std::int32_t;
    using RowDepth = std::int32_t;
    using Column = Spot;
    using ColumnDepth = Spot;

    NarrowShape s;
    std::int32_t rows, columns, depth, groups;
    Places places, taps;  ///< of the input; of the kernel
    Divisor strideHeight, strideWidth;
    const float *dy, *w, *bias;  ///< bias may be null
    float* dx;

    InputGradientProduct() = default;
    InputGradientProduct(const ConvolutionShape& shape, const float* dy, const float* w, const float* bias, float* dx, Index n)
        : s(shape), rows(s.depth), columns(static_cast<std::int32_t>(n) * s.inPlane), depth(s.filters * s.taps), groups(static_cast<std::int32_t>(shape.groups)),
          places{Divisor(s.inPlane), Divisor(s.inWidth)}, taps{Divisor(s.taps), Divisor(s.kernelWidth)},
          strideHeight(s.strideHeight), strideWidth(s.strideWidth), dy(dy), w(w), bias(bias), dx(dx) {}

    CONVOLAB_BODY Row row(std::int32_t group, std::int32_t m) const { return (group * s.filters * s.depth + m) * s.taps; }
    CONVOLAB_BODY RowDepth rowDepth(std::int32_t k) const {
        const std::int32_t filter = taps.plane.quotient(k);
        return filter * s.depth * s.taps + taps.plane.rest(k, filter);
    }
    CONVOLAB_BODY float a(Row row, RowDepth k) const { return w[row + k]; }
    CONVOLAB_BODY Column column(std::int32_t group, std::int32_t n) const {
        const Spot in = places.spot(n, s.outImage, group * s.filters * s.outPlane);
        return {in.base, in.row + s.padTop, in.column + s.padLeft};
    }
    CONVOLAB_BODY ColumnDepth columnDepth(std::int32_t k) const {
        const Spot tap = taps.spot(k, s.outPlane, 0);
        return {tap.base, tap.row * s.dilationHeight, tap.column * s.dilationWidth};
    }
    CONVOLAB_BODY float b(const Column& to, const ColumnDepth& tap) const {
        const std::int32_t row = to.row - tap.row, column = to.column - tap.column;
        if (row < 0 || column < 0) return 0.0F;
        const std::int32_t y = strideHeight.quotient(row), x = strideWidth.quotient(column);
        const bool there = strideHeight.rest(row, y) == 0 && strideWidth.rest(column, x) == 0 && y < s.outHeight && x < s.outWidth;
        return there ? dy[to.base + tap.base + y * s.outWidth + x] : 0.0F;
    }
    CONVOLAB_BODY void put(std::int32_t group, std::int32_t m, std::int32_t n, float sum) const {
        const std::int32_t channel = group * rows + m, image = places.plane.quotient(n);
        dx[image * s.inImage + channel * s.inPlane + places.plane.rest(n, image)] = bias != nullptr ? sum + bias[channel] : sum;
    }
};

/// Filters × channels and taps, over the places of all images.
struct WeightGradientProduct {
    static constexpr bool kRowsByDepth = true, kColumnsByDepth = true;
    using Row = std::int32_t;
    using RowDepth = std::int32_t;
    using Column = Spot;
    using ColumnDepth = Spot;

    NarrowShape s;
    std::int32_t rows, columns, depth, groups;
    Places places, taps;  ///< of the output; of the kernel
    const float *x, *dy;
    float* dw;

    WeightGradientProduct() = default;
    WeightGradientProduct(const ConvolutionShape& shape, const float* x, const float* dy, float* dw, Index n)
        : s(shape), rows(s.filters), columns(s.depth * s.taps), depth(static_cast<std::int32_t>(n) * s.outPlane), groups(static_cast<std::int32_t>(shape.groups)),
          places{Divisor(s.outPlane), Divisor(s.outWidth)}, taps{Divisor(s.taps), Divisor(s.kernelWidth)}, x(x), dy(dy), dw(dw) {}

    CONVOLAB_BODY Row row(std::int32_t group, std::int32_t m) const { return (group * rows + m) * s.outPlane; }
    CONVOLAB_BODY RowDepth rowDepth(std::int32_t k) const {
        const std::int32_t image = places.plane.quotient(k);
        return image * s.outImage + places.plane.rest(k, image);
    }
    CONVOLAB_BODY float a(Row row, RowDepth k) const { return dy[row + k]; }
    CONVOLAB_BODY Column column(std::int32_t group, std::int32_t n) const {
        const Spot tap = taps.spot(n, s.inPlane, group * s.depth * s.inPlane);
        return {tap.base, tap.row * s.dilationHeight - s.padTop, tap.column * s.dilationWidth - s.padLeft};
    }
    CONVOLAB_BODY ColumnDepth columnDepth(std::int32_t k) const {
        const Spot out = places.spot(k, s.inImage, 0);
        return {out.base, out.row * s.strideHeight, out.column * s.strideWidth};
    }
    CONVOLAB_BODY float b(const Column& tap, const ColumnDepth& to) const {
        const std::int32_t row = to.row + tap.row, column = to.column + tap.column;
        const bool inside = row >= 0 && row < s.inHeight && column >= 0 && column < s.inWidth;
        return inside ? x[tap.base + to.base + row * s.inWidth + column] : 0.0F;
    }
    CONVOLAB_BODY void put(std::int32_t group, std::int32_t m, std::int32_t n, float sum) const { dw[(group * rows + m) * columns + n] = sum; }
};

}  // namespace convolab::gpu
