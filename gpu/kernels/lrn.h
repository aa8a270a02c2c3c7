#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Local response normalisation: one thread per value.
namespace convolab::gpu {

/// Local response normalisation across channels (Krizhevsky et al., 2012, section 3.3), alpha divided by the size:
/// d[c] = k + α / size · Σ x² over the neighbours c − ⌊size/2⌋ … c + ⌊(size − 1)/2⌋.
struct LrnShape {
    Index channels, plane, before, after;
    float share, k, beta;  ///< share: α / size
    CONVOLAB_BODY Index channelOf(Index i) const { return i / plane % channels; }
};

struct LrnDenominator {
    LrnShape s;
    const float* x;
    float* denominator;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index c = s.channelOf(i);
        float sum = 0.0F;
        for (Index j = c - s.before; j <= c + s.after; ++j) {
            if (j < 0 || j >= s.channels) continue;
            const float value = x[i + (j - c) * s.plane];
            sum += value * value;
        }
        denominator[i] = s.k + s.share * sum;
    }
};

struct Lrn {
    LrnShape s;
    const float *x, *denominator;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = x[i] / std::pow(denominator[i], s.beta); }
};

/// dx[i] = dy[i] / d[i]^β − 2 α β / size · x[i] · Σ dy[c] x[c] / d[c]^(β + 1) over the channels c that i damps.
struct LrnGradient {
    LrnShape s;
    const float *x, *denominator, *dy;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index c = s.channelOf(i);
        float sum = 0.0F;
        for (Index j = c - s.after; j <= c + s.before; ++j) {
            if (j < 0 || j >= s.channels) continue;
            const Index k = i + (j - c) * s.plane;
            sum += dy[k] * x[k] / std::pow(denominator[k], s.beta + 1.0F);
        }
        dx[i] = dy[i] / std::pow(denominator[i], s.beta) - 2.0F * s.beta * s.share * x[i] * sum;
    }
};

}  // namespace convolab::gpu
