#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Poolings: forward one thread per window, backward one per input value, which asks the windows that cover it.
namespace convolab::gpu {

/// Windows along one side: sliding (kernel, stride, pad) or, with kernel 0, adaptive: window i is
/// ⌊i · input / output⌋ … ⌈(i + 1) · input / output⌉ − 1.
struct PoolAxis {
    Index input, output, kernel, stride, pad;

    CONVOLAB_BODY bool adaptive() const { return kernel == 0; }
    /// First and one behind the last input value of window i, without padding.
    CONVOLAB_BODY Index begin(Index i) const {
        const Index from = adaptive() ? i * input / output : i * stride - pad;
        return from < 0 ? 0 : from;
    }
    CONVOLAB_BODY Index end(Index i) const {
        const Index to = adaptive() ? ((i + 1) * input + output - 1) / output : i * stride - pad + kernel;
        return to > input ? input : to;
    }
    /// First and one behind the last window that covers input value k.
    CONVOLAB_BODY Index firstWindow(Index k) const {
        if (adaptive()) return k * output / input;
        const Index from = k + pad - kernel + 1;
        return from <= 0 ? 0 : (from + stride - 1) / stride;
    }
    CONVOLAB_BODY Index endWindow(Index k) const {
        const Index to = adaptive() ? ((k + 1) * output + input - 1) / input : (k + pad) / stride + 1;
        return to > output ? output : to;
    }
    CONVOLAB_BODY Index size(Index i) const { return adaptive() ? end(i) - begin(i) : kernel; }  ///< with padding
};

struct PoolShape {
    PoolAxis rows, columns;
    CONVOLAB_BODY Index inputs() const { return rows.input * columns.input; }    ///< values of a map
    CONVOLAB_BODY Index outputs() const { return rows.output * columns.output; }
};

/// y = the largest value of the window, the first of equals; `where` keeps its place in the map for the backward pass (null: nobody
/// asks). NaN counts as largest.
struct MaxPool {
    PoolShape s;
    const float* x;
    float* y;
    std::int32_t* where;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index map = i / s.outputs(), row = i % s.outputs() / s.columns.output, column = i % s.columns.output;
        const float* values = x + map * s.inputs();
        Index best = -1;
        for (Index r = s.rows.begin(row); r < s.rows.end(row); ++r) {
            for (Index c = s.columns.begin(column); c < s.columns.end(column); ++c) {
                const Index k = r * s.columns.input + c;
                if (best < 0 || values[k] > values[best] || std::isnan(values[k])) best = k;
            }
        }
        y[i] = values[best];
        if (where != nullptr) where[i] = static_cast<std::int32_t>(best);
    }
};

/// dx = Σ dy over the windows whose largest value this one was.
struct MaxPoolGradient {
    PoolShape s;
    const float* dy;
    const std::int32_t* where;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index map = i / s.inputs(), place = i % s.inputs();
        const Index row = place / s.columns.input, column = place % s.columns.input;
        float sum = 0.0F;
        for (Index r = s.rows.firstWindow(row); r < s.rows.endWindow(row); ++r) {
            for (Index c = s.columns.firstWindow(column); c < s.columns.endWindow(column); ++c) {
                const Index window = map * s.outputs() + r * s.columns.output + c;
                if (where[window] == place) sum += dy[window];
            }
        }
        dx[i] = sum;
    }
};

/// y = the mean of the window; padding counts as zeros or not at all.
struct AveragePool {
    PoolShape s;
    bool countPadding;
    const float* x;
    float* y;
    CONVOLAB_BODY Index divisor(Index row, Index column) const {
        if (countPadding) return s.rows.size(row) * s.columns.size(column);
        return (s.rows.end(row) - s.rows.begin(row)) * (s.columns.end(column) - s.columns.begin(column));
    }
    CONVOLAB_BODY void operator()(Index i) const {
        const Index map = i / s.outputs(), row = i % s.outputs() / s.columns.output, column = i % s.columns.output;
        float sum = 0.0F;
        for (Index r = s.rows.begin(row); r < s.rows.end(row); ++r) {
            for (Index c = s.columns.begin(column); c < s.columns.end(column); ++c) sum += x[map * s.inputs() + r * s.columns.input + c];
        }
        y[i] = sum / static_cast<float>(divisor(row, column));
    }
};

struct AveragePoolGradient {
    AveragePool forward;  ///< for its shape; x and y are not read
    const float* dy;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const PoolShape& s = forward.s;
        const Index map = i / s.inputs(), row = i % s.inputs() / s.columns.input, column = i % s.columns.input;
        float sum = 0.0F;
        for (Index r = s.rows.firstWindow(row); r < s.rows.endWindow(row); ++r) {
            for (Index c = s.columns.firstWindow(column); c < s.columns.endWindow(column); ++c) {
                sum += dy[map * s.outputs() + r * s.columns.output + c] / static_cast<float>(forward.divisor(r, c));
            }
        }
        dx[i] = sum;
    }
};

/// Maps with a factor and an offset per channel behind the pooling (LeNet-5's subsampling): y = a[c] · mean + b[c].
struct ScaleMaps {
    const float *x, *factor, *offset;  ///< offset may be null
    float* y;
    Index channels, plane;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index c = i / plane % channels;
        y[i] = factor[c] * x[i] + (offset != nullptr ? offset[c] : 0.0F);
    }
};

/// One thread per channel: da[c] = Σ dy · mean.
struct ScaleMapsFactorGradient {
    const float *x, *dy;
    float* dfactor;
    Index n, channels, plane;
    CONVOLAB_BODY void operator()(Index c) const {
        float sum = 0.0F;
        for (Index image = 0; image < n; ++image) {
            for (Index i = 0; i < plane; ++i) {
                const Index k = (image * channels + c) * plane + i;
                sum += dy[k] * x[k];
            }
        }
        dfactor[c] = sum;
    }
};

}  // namespace convolab::gpu
