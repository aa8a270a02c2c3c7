#pragma once

#include <vector>

#include "gpu/kernels/normalisation.h"
#include "gpu/kernels/pooling.h"

/// A pooling and a batch norm for cuDNN. On the processor: one result, or one channel, at a time.
namespace convolab::gpu {

inline bool narrowForDnn(Index values) { return values < (Index{1} << 31); }

enum class PoolingPass : std::int32_t { Maximum, Average, AverageGradient };

/// Windows of one size that slide; `from` is x, of the gradient dy.
struct PoolingCall {
    static constexpr bool kLibrary = true;
    PoolShape s;
    Index n, channels;
    PoolingPass pass;
    bool countPadding;
    const float* from;
    float* result;

    Index count() const { return n * channels * (pass == PoolingPass::AverageGradient ? s.inputs() : s.outputs()); }
    void operator()(Index i) const {
        const AveragePool average{s, countPadding, from, result};
        if (pass == PoolingPass::Maximum) MaxPool{s, from, result, nullptr}(i);
        else if (pass == PoolingPass::Average) average(i);
        else AveragePoolGradient{average, from, result}(i);
    }
    /// cuDNN pads all sides alike and less than a window, has no adaptive windows, and takes sizes below 2³¹.
    static bool fits(const PoolShape& s, Index maps) {
        const auto axis = [](const PoolAxis& a) { return !a.adaptive() && a.pad >= 0 && a.pad < a.kernel && (a.input + 2 * a.pad - a.kernel) / a.stride + 1 == a.output; };
        return axis(s.rows) && axis(s.columns) && narrowForDnn(maps * s.inputs()) && narrowForDnn(maps * s.outputs());
    }
};

enum class BatchNormPass : std::int32_t { Training, Inference, Gradient };

/// In training `mean` and `inverse` (1 / √(σ² + ε)) keep the batch's moments for the gradient, and the running ones are moved on.
struct BatchNormCall {
    static constexpr bool kLibrary = true;
    ChannelValues v;
    Index height, width;
    BatchNormPass pass;
    const float *x, *dy, *scale, *shift;  ///< dy of the gradient only
    float *mean, *inverse;
    float *runningMean, *runningVariance;
    float* result;                        ///< y or dx
    float *dscale, *dshift;
    float epsilon, momentum;

    Index count() const { return v.channels; }
    void operator()(Index c) const {
        std::vector<Moments> moments(static_cast<std::size_t>(v.channels));
        Moments& own = moments[static_cast<std::size_t>(c)];
        if (pass == BatchNormPass::Training) {
            BatchMoments{v, x, moments.data(), runningMean, runningVariance, epsilon, momentum}(c);
            mean[c] = own.mean;
            inverse[c] = own.inverse;
        } else if (pass == BatchNormPass::Inference) {
            RunningMoments{runningMean, runningVariance, moments.data(), epsilon}(c);
        } else {
            own = {mean[c], inverse[c]};
            BatchNormParameterGradient{v, x, dy, moments.data(), dscale, dshift}(c);
        }
        for (Index k = 0; k < v.count(); ++k) {
            if (pass != BatchNormPass::Gradient) BatchNorm{v, x, moments.data(), scale, shift, result}(v.at(c, k));
            else BatchNormInputGradient{v, x, dy, moments.data(), scale, dscale, dshift, result}(v.at(c, k));
        }
    }
    /// The running variance is divided by m − 1: one value is too few. Of more images, cuDNN's kernels are known to refuse some sizes.
    static bool fits(const ChannelValues& v, float leastEpsilon, float epsilon) {
        return epsilon >= leastEpsilon && v.count() > 1 && v.n <= 65535 && narrowForDnn(v.n * v.channels * v.plane);
    }
};

}  // namespace convolab::gpu
