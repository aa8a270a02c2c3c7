#pragma once

#include "gpu/kernels/factors.h"

/// Convolutions in the plainest form: one thread per value of the result, which walks over everything that the value
/// depends on. Weights are (filters, channels / groups, kernel height, kernel width).
///
/// The three passes of one convolution are all that is needed for a transposed one too, with the maps' parts exchanged: its
/// forward pass is the gradient of the input, its gradient of the input the forward pass (Dumoulin and Visin, "A guide to
/// convolution arithmetic for deep learning", 2016, chapter 4).
namespace convolab::gpu {

struct ConvolutionShape {
    Maps in, out;  ///< out.channels are the filters
    Index kernelHeight, kernelWidth, strideHeight, strideWidth, padTop, padLeft, dilationHeight, dilationWidth;
    Index groups;

    CONVOLAB_BODY Index depth() const { return in.channels / groups; }             ///< channels that a filter sees
    CONVOLAB_BODY Index filtersPerGroup() const { return out.channels / groups; }
    CONVOLAB_BODY Index weightAt(Index filter, Index within, Index u, Index v) const {
        return ((filter * depth() + within) * kernelHeight + u) * kernelWidth + v;
    }
    CONVOLAB_BODY Index row(Index y, Index u) const { return y * strideHeight + u * dilationHeight - padTop; }
    CONVOLAB_BODY Index column(Index x, Index v) const { return x * strideWidth + v * dilationWidth - padLeft; }
    CONVOLAB_BODY bool inside(Index row, Index column) const {
        return row >= 0 && row < in.height && column >= 0 && column < in.width;
    }
    /// The output row whose tap u lies on this input row, or −1.
    CONVOLAB_BODY Index outputRow(Index row, Index u) const {
        const Index from = row + padTop - u * dilationHeight;
        return from >= 0 && from % strideHeight == 0 && from / strideHeight < out.height ? from / strideHeight : -1;
    }
    CONVOLAB_BODY Index outputColumn(Index column, Index v) const {
        const Index from = column + padLeft - v * dilationWidth;
        return from >= 0 && from % strideWidth == 0 && from / strideWidth < out.width ? from / strideWidth : -1;
    }
};

/// y[n, f, i, j] = b[f] + Σ w[f, c, u, v] · x[n, c, i·s + u·d − p, j·s + v·d − p].
struct Convolution {
    ConvolutionShape s;
    ProductFactors x, w;
    const float* bias;  ///< may be null
    float* y;
    bool relu = false;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = rectified(relu, value(i)); }
    CONVOLAB_BODY float value(Index i) const {
        const MapPlace p(s.out, i);
        const Index firstChannel = p.c / s.filtersPerGroup() * s.depth();
        float sum = bias != nullptr ? bias[p.c] : 0.0F;
        for (Index c = 0; c < s.depth(); ++c) {
            for (Index u = 0; u < s.kernelHeight; ++u) {
                for (Index v = 0; v < s.kernelWidth; ++v) {
                    const Index row = s.row(p.row, u), column = s.column(p.column, v);
                    if (!s.inside(row, column)) continue;  // padding
                    sum += w[s.weightAt(p.c, c, u, v)] * x[s.in.at(p.n, firstChannel + c, row, column)];
                }
            }
        }
        return sum;
    }
};

/// dx[n, c, row, column] = Σ w[f, c, u, v] · dy[n, f, i, j] over the outputs (i, j) whose tap (u, v) lies there.
/// As the forward pass of a transposed convolution: with its bias, one per channel of `in`.
struct ConvolutionInputGradient {
    ConvolutionShape s;
    ProductFactors dy, w;
    const float* bias;  ///< may be null
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = value(i); }
    CONVOLAB_BODY float value(Index i) const {
        const MapPlace p(s.in, i);
        const Index group = p.c / s.depth(), within = p.c % s.depth();
        float sum = bias != nullptr ? bias[p.c] : 0.0F;
        for (Index k = 0; k < s.filtersPerGroup(); ++k) {
            const Index filter = group * s.filtersPerGroup() + k;
            for (Index u = 0; u < s.kernelHeight; ++u) {
                const Index y = s.outputRow(p.row, u);
                if (y < 0) continue;
                for (Index v = 0; v < s.kernelWidth; ++v) {
                    const Index x = s.outputColumn(p.column, v);
                    if (x >= 0) sum += w[s.weightAt(filter, within, u, v)] * dy[s.out.at(p.n, filter, y, x)];
                }
            }
        }
        return sum;
    }
};

/// dw[f, c, u, v] = Σ dy[n, f, i, j] · x[n, c, i·s + u·d − p, j·s + v·d − p] over images and places.
struct ConvolutionWeightGradient {
    ConvolutionShape s;
    ProductFactors x, dy;
    float* dw;
    Index n;
    CONVOLAB_BODY void operator()(Index i) const { dw[i] = value(i); }
    CONVOLAB_BODY float value(Index i) const {
        const Index v = i % s.kernelWidth, u = i / s.kernelWidth % s.kernelHeight;
        const Index within = i / (s.kernelWidth * s.kernelHeight) % s.depth();
        const Index filter = i / (s.kernelWidth * s.kernelHeight * s.depth());
        const Index channel = filter / s.filtersPerGroup() * s.depth() + within;
        float sum = 0.0F;
        for (Index image = 0; image < n; ++image) {
            for (Index y = 0; y < s.out.height; ++y) {
                for (Index xx = 0; xx < s.out.width; ++xx) {
                    const Index row = s.row(y, u), column = s.column(xx, v);
                    if (s.inside(row, column)) sum += dy[s.out.at(image, filter, y, xx)] * x[s.in.at(image, channel, row, column)];
                }
            }
        }
        return sum;
    }
};

/// One thread per channel: db[c] = Σ dy[n, c, i, j]; also of dense layers, whose maps are single values.
struct BiasGradient {
    const float* dy;
    float* db;
    Index n, channels, plane;
    CONVOLAB_BODY void operator()(Index c) const {
        float sum = 0.0F;
        for (Index image = 0; image < n; ++image) {
            for (Index i = 0; i < plane; ++i) sum += dy[(image * channels + c) * plane + i];
        }
        db[c] = sum;
    }
};

/// A convolution in which not every filter sees every channel: kernels are stored for the connections that exist.
struct ConnectionMatrix {
    const std::int32_t* kernel;  ///< [filter][channel]: number of the kernel, or −1
    CONVOLAB_BODY Index of(const ConvolutionShape& s, Index filter, Index channel) const { return kernel[filter * s.in.channels + channel]; }
};

struct TableConvolution {
    ConvolutionShape s;  ///< groups = 1
    ConnectionMatrix connections;
    ProductFactors x, w;
    const float* bias;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(s.out, i);
        float sum = bias != nullptr ? bias[p.c] : 0.0F;
        for (Index c = 0; c < s.in.channels; ++c) {
            const Index kernel = connections.of(s, p.c, c);
            if (kernel < 0) continue;
            for (Index u = 0; u < s.kernelHeight; ++u) {
                for (Index v = 0; v < s.kernelWidth; ++v) {
                    const Index row = s.row(p.row, u), column = s.column(p.column, v);
                    if (!s.inside(row, column)) continue;
                    sum += w[(kernel * s.kernelHeight + u) * s.kernelWidth + v] * x[s.in.at(p.n, c, row, column)];
                }
            }
        }
        y[i] = sum;
    }
};

struct TableConvolutionInputGradient {
    ConvolutionShape s;
    ConnectionMatrix connections;
    ProductFactors dy, w;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(s.in, i);
        float sum = 0.0F;
        for (Index filter = 0; filter < s.out.channels; ++filter) {
            const Index kernel = connections.of(s, filter, p.c);
            if (kernel < 0) continue;
            for (Index u = 0; u < s.kernelHeight; ++u) {
                const Index y = s.outputRow(p.row, u);
                if (y < 0) continue;
                for (Index v = 0; v < s.kernelWidth; ++v) {
                    const Index x = s.outputColumn(p.column, v);
                    if (x >= 0) sum += w[(kernel * s.kernelHeight + u) * s.kernelWidth + v] * dy[s.out.at(p.n, filter, y, x)];
                }
            }
        }
        dx[i] = sum;
    }
};

/// One thread per weight of every possible kernel; those without a connection have nothing to do.
struct TableConvolutionWeightGradient {
    ConvolutionShape s;
    ConnectionMatrix connections;
    ProductFactors x, dy;
    float* dw;
    Index n;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index taps = s.kernelHeight * s.kernelWidth;
        const Index v = i % s.kernelWidth, u = i / s.kernelWidth % s.kernelHeight;
        const Index channel = i / taps % s.in.channels, filter = i / (taps * s.in.channels);
        const Index kernel = connections.of(s, filter, channel);
        if (kernel < 0) return;
        float sum = 0.0F;
        for (Index image = 0; image < n; ++image) {
            for (Index y = 0; y < s.out.height; ++y) {
                for (Index xx = 0; xx < s.out.width; ++xx) {
                    const Index row = s.row(y, u), column = s.column(xx, v);
                    if (s.inside(row, column)) sum += dy[s.out.at(image, filter, y, xx)] * x[s.in.at(image, channel, row, column)];
                }
            }
        }
        dw[kernel * taps + u * s.kernelWidth + v] = sum;
    }
};

}  // namespace convolab::gpu
