#pragma once

#include "gpu/kernels/factors.h"

/// Matrix products of dense layers, one thread per value of the result. Weights are (outputs, inputs), values (n, inputs).
namespace convolab::gpu {

/// y[n, o] = b[o] + Σ w[o, i] · x[n, i].
struct Dense {
    ProductFactors x, w;
    const float* bias;  ///< may be null
    float* y;
    Index inputs, outputs;
    bool relu = false;
    CONVOLAB_BODY void operator()(Index k) const {
        const Index n = k / outputs, o = k % outputs;
        float sum = bias != nullptr ? bias[o] : 0.0F;
        for (Index i = 0; i < inputs; ++i) sum += w[o * inputs + i] * x[n * inputs + i];
        y[k] = rectified(relu, sum);
    }
};

/// dx[n, i] = Σ dy[n, o] · w[o, i].
struct DenseInputGradient {
    ProductFactors dy, w;
    float* dx;
    Index inputs, outputs;
    CONVOLAB_BODY void operator()(Index k) const {
        const Index n = k / inputs, i = k % inputs;
        float sum = 0.0F;
        for (Index o = 0; o < outputs; ++o) sum += dy[n * outputs + o] * w[o * inputs + i];
        dx[k] = sum;
    }
};

/// dw[o, i] = Σ dy[n, o] · x[n, i] over the images.
struct DenseWeightGradient {
    ProductFactors x, dy;
    float* dw;
    Index inputs, outputs, n;
    CONVOLAB_BODY void operator()(Index k) const {
        const Index o = k / inputs, i = k % inputs;
        float sum = 0.0F;
        for (Index image = 0; image < n; ++image) sum += dy[image * outputs + o] * x[image * inputs + i];
        dw[k] = sum;
    }
};

/// Radial basis functions with fixed centres (LeNet-5, 1998): y[n, k] = −Σ (x[n, i] − c[k, i])².
struct RbfOutput {
    const float *x, *centres;
    float* y;
    Index inputs, outputs;
    CONVOLAB_BODY void operator()(Index k) const {
        const Index n = k / outputs, o = k % outputs;
        float sum = 0.0F;
        for (Index i = 0; i < inputs; ++i) {
            const float difference = x[n * inputs + i] - centres[o * inputs + i];
            sum -= difference * difference;
        }
        y[k] = sum;
    }
};

struct RbfInputGradient {
    const float *x, *centres, *dy;
    float* dx;
    Index inputs, outputs;
    CONVOLAB_BODY void operator()(Index k) const {
        const Index n = k / inputs, i = k % inputs;
        float sum = 0.0F;
        for (Index o = 0; o < outputs; ++o) sum -= 2.0F * (x[k] - centres[o * inputs + i]) * dy[n * outputs + o];
        dx[k] = sum;
    }
};

}  // namespace convolab::gpu
