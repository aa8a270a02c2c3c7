#pragma once

#include <cmath>

#include "gpu/kernels/body.h"

/// Normalisations: first one thread per set of values for mean and deviation, then one thread per value.
namespace convolab::gpu {

/// Of one set: mean and 1 / √(variance + ε), with the biased variance; kept from forward to backward.
struct Moments {
    float mean, inverse;
};

/// Values (n, channels, plane); a set of batch norm are all values of one channel.
struct ChannelValues {
    Index n, channels, plane;
    CONVOLAB_BODY Index count() const { return n * plane; }
    CONVOLAB_BODY Index at(Index c, Index k) const { return (k / plane * channels + c) * plane + k % plane; }
    CONVOLAB_BODY Index channelOf(Index i) const { return i / plane % channels; }
};

/// One thread per channel, in training: the batch's moments, and their share in the running ones, whose variance is
/// unbiased (PyTorch's convention).
struct BatchMoments {
    ChannelValues v;
    const float* x;
    Moments* moments;
    float *runningMean, *runningVariance;
    float epsilon, momentum;
    CONVOLAB_BODY void operator()(Index c) const {
        const float count = static_cast<float>(v.count());
        float mean = 0.0F, variance = 0.0F;
        for (Index k = 0; k < v.count(); ++k) mean += x[v.at(c, k)];
        mean /= count;
        for (Index k = 0; k < v.count(); ++k) variance += (x[v.at(c, k)] - mean) * (x[v.at(c, k)] - mean);
        keep(c, mean, variance / count);
    }
    CONVOLAB_BODY void keep(Index c, float mean, float variance) const {
        const float count = static_cast<float>(v.count());
        moments[c] = {mean, 1.0F / std::sqrt(variance + epsilon)};
        const float unbiased = v.count() > 1 ? variance * count / (count - 1.0F) : variance;
        runningMean[c] = (1.0F - momentum) * runningMean[c] + momentum * mean;
        runningVariance[c] = (1.0F - momentum) * runningVariance[c] + momentum * unbiased;
    }
};

/// One thread per channel, in evaluation.
struct RunningMoments {
    const float *runningMean, *runningVariance;
    Moments* moments;
    float epsilon;
    CONVOLAB_BODY void operator()(Index c) const { moments[c] = {runningMean[c], 1.0F / std::sqrt(runningVariance[c] + epsilon)}; }
};

/// y = (x − μ) · γ / √(σ² + ε) + β.
struct BatchNorm {
    ChannelValues v;
    const float* x;
    const Moments* moments;
    const float *scale, *shift;
    float* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index c = v.channelOf(i);
        y[i] = (x[i] - moments[c].mean) * (scale[c] * moments[c].inverse) + shift[c];
    }
};

/// Σ g and Σ g · x̂ of one set of values, g being the gradient.
struct GradientSums {
    float sum, weighted;
};

/// One thread per channel: dγ = Σ dy · x̂, dβ = Σ dy.
struct BatchNormParameterGradient {
    ChannelValues v;
    const float *x, *dy;
    const Moments* moments;
    float *dscale, *dshift;
    CONVOLAB_BODY void add(GradientSums& sums, Index i, Index c, float gradient) const {
        sums.sum += gradient;
        sums.weighted += gradient * (x[i] - moments[c].mean) * moments[c].inverse;
    }
    CONVOLAB_BODY void keep(Index c, const GradientSums& sums) const {
        dscale[c] = sums.weighted;
        dshift[c] = sums.sum;
    }
    CONVOLAB_BODY void operator()(Index c) const {
        GradientSums sums{0.0F, 0.0F};
        for (Index k = 0; k < v.count(); ++k) add(sums, v.at(c, k), c, dy[v.at(c, k)]);
        keep(c, sums);
    }
};

/// With m values per channel: dx = γ / √(σ² + ε) · (dy − (Σ dy + x̂ · Σ dy · x̂) / m) (Ioffe and Szegedy, 2015, section 3).
/// The sums are those of the parameters' gradients. In evaluation the moments are constants: no correction.
struct BatchNormInputGradient {
    ChannelValues v;
    const float *x, *dy;
    const Moments* moments;
    const float *scale, *dscale, *dshift;  ///< dscale and dshift null in evaluation
    float* dx;
    CONVOLAB_BODY float gradient(Index i, float behind) const {
        const Index c = v.channelOf(i);
        float correction = 0.0F;
        if (dscale != nullptr) {
            const float normalised = (x[i] - moments[c].mean) * moments[c].inverse;
            correction = (dshift[c] + normalised * dscale[c]) / static_cast<float>(v.count());
        }
        return scale[c] * moments[c].inverse * (behind - correction);
    }
    CONVOLAB_BODY void operator()(Index i) const { dx[i] = gradient(i, dy[i]); }
};

/// Layer, group and instance norm: sets of `each` values within one image that lie one after the other. Value i has the
/// scale and the shift number i / inner mod count.
struct SetValues {
    Index each, inner, count;
    CONVOLAB_BODY Index parameterOf(Index i) const { return i / inner % count; }
};

/// One thread per set.
struct SetMoments {
    Index each;
    const float* x;
    Moments* moments;
    float epsilon;
    CONVOLAB_BODY void operator()(Index set) const {
        const float* values = x + set * each;
        float mean = 0.0F, variance = 0.0F;
        for (Index k = 0; k < each; ++k) mean += values[k];
        mean /= static_cast<float>(each);
        for (Index k = 0; k < each; ++k) variance += (values[k] - mean) * (values[k] - mean);
        moments[set] = {mean, 1.0F / std::sqrt(variance / static_cast<float>(each) + epsilon)};
    }
};

struct SetNorm {
    SetValues v;
    const float* x;
    const Moments* moments;
    const float *scale, *shift;  ///< both null: none
    float* y;
    CONVOLAB_BODY void operator()(Index i) const {
        const Moments m = moments[i / v.each];
        const float normalised = (x[i] - m.mean) * m.inverse;
        y[i] = scale != nullptr ? normalised * scale[v.parameterOf(i)] + shift[v.parameterOf(i)] : normalised;
    }
};

/// One thread per set.
struct SetGradientSums {
    SetValues v;
    const float *x, *dy;
    const Moments* moments;
    const float* scale;  ///< may be null
    GradientSums* sums;
    CONVOLAB_BODY void operator()(Index set) const {
        GradientSums s{0.0F, 0.0F};
        for (Index i = set * v.each; i < (set + 1) * v.each; ++i) {
            const float g = scale != nullptr ? dy[i] * scale[v.parameterOf(i)] : dy[i];
            s.sum += g;
            s.weighted += g * (x[i] - moments[set].mean) * moments[set].inverse;
        }
        sums[set] = s;
    }
};

/// dx = (g − Σ g / m − x̂ · Σ g x̂ / m) / √(σ² + ε).
struct SetNormInputGradient {
    SetValues v;
    const float *x, *dy;
    const Moments* moments;
    const float* scale;
    const GradientSums* sums;
    float* dx;
    CONVOLAB_BODY void operator()(Index i) const {
        const Moments m = moments[i / v.each];
        const GradientSums s = sums[i / v.each];
        const float each = static_cast<float>(v.each);
        const float g = scale != nullptr ? dy[i] * scale[v.parameterOf(i)] : dy[i];
        dx[i] = m.inverse * (g - s.sum / each - (x[i] - m.mean) * m.inverse * s.weighted / each);
    }
};

/// One thread per scale and shift.
struct SetNormParameterGradient {
    SetValues v;
    const float *x, *dy;
    const Moments* moments;
    float *dscale, *dshift;
    Index values;  ///< of the whole batch
    CONVOLAB_BODY void operator()(Index p) const {
        float sum = 0.0F, weighted = 0.0F;
        for (Index first = p * v.inner; first < values; first += v.count * v.inner) {
            for (Index i = first; i < first + v.inner; ++i) {
                const Moments m = moments[i / v.each];
                weighted += dy[i] * (x[i] - m.mean) * m.inverse;
                sum += dy[i];
            }
        }
        dscale[p] = weighted;
        dshift[p] = sum;
    }
};

}  // namespace convolab::gpu
