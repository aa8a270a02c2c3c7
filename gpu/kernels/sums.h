#pragma once

#include "gpu/kernels/activations.h"
#include "gpu/kernels/block.h"
#include "gpu/kernels/convolution.h"
#include "gpu/kernels/normalisation.h"
#include "gpu/kernels/pooling.h"
#include "gpu/kernels/softmax.h"

/// Sums over many values, a block per sum: thread t adds the terms t, t + 256, …, then pairs of threads add what they have
/// (Harris, "Optimizing parallel reduction in CUDA", 2007). The order is the same at every run. The oracle of each is the body of
/// the same name without "Terms", one thread per sum.
namespace convolab::gpu {

/// Terms: Value, count(result), add(value, result, k), join(value, other), finish(result, value).
template <class Terms>
struct BlockSum {
    static constexpr int kThreads = 256;
    static constexpr int kHalvings = 8;
    using Value = typename Terms::Value;

    struct Shared {
        Value values[kThreads];
    };
    struct Own {};

    Terms terms;

    CONVOLAB_BODY Index phases() const { return kHalvings + 2; }
    CONVOLAB_BODY void operator()(Index phase, Index result, int thread, Shared& shared, Own&) const {
        if (phase == 0) {
            Value value{};
            const Index count = terms.count(result);
            for (Index k = thread; k < count; k += kThreads) terms.add(value, result, k);
            shared.values[thread] = value;
        } else if (phase <= kHalvings) {
            const int half = kThreads >> phase;
            if (thread < half) Terms::join(shared.values[thread], shared.values[thread + half]);
        } else if (thread == 0) {
            terms.finish(result, shared.values[0]);
        }
    }
};

struct SumOfFloats {
    using Value = float;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { value += other; }
};

struct SumOfPairs {
    using Value = GradientSums;
    CONVOLAB_BODY static void join(Value& value, const Value& other) {
        value.sum += other.sum;
        value.weighted += other.weighted;
    }
};

struct SumOfDoubles {
    using Value = double;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { value += other; }
};

struct SumOfLosses {
    using Value = ImageLoss;
    CONVOLAB_BODY static void join(Value& value, const Value& other) {
        value.loss += other.loss;
        value.correct += other.correct;
    }
};

struct BiasGradientTerms : SumOfFloats {
    BiasGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.n * of.plane; }
    CONVOLAB_BODY void add(float& value, Index c, Index k) const { value += of.dy[(k / of.plane * of.channels + c) * of.plane + k % of.plane]; }
    CONVOLAB_BODY void finish(Index c, float value) const { of.db[c] = value; }
};

/// Where tiles would be almost empty: a filter per channel.
struct ConvolutionWeightGradientTerms : SumOfFloats {
    ConvolutionWeightGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.n * of.s.out.plane(); }
    CONVOLAB_BODY void add(float& value, Index i, Index k) const {
        const ConvolutionShape& s = of.s;
        const Index v = i % s.kernelWidth, u = i / s.kernelWidth % s.kernelHeight;
        const Index within = i / (s.kernelWidth * s.kernelHeight) % s.depth(), filter = i / (s.kernelWidth * s.kernelHeight * s.depth());
        const Index channel = filter / s.filtersPerGroup() * s.depth() + within;
        const Index image = k / s.out.plane(), y = k / s.out.width % s.out.height, x = k % s.out.width;
        const Index row = s.row(y, u), column = s.column(x, v);
        if (s.inside(row, column)) value += of.dy[s.out.at(image, filter, y, x)] * of.x[s.in.at(image, channel, row, column)];
    }
    CONVOLAB_BODY void finish(Index i, float value) const { of.dw[i] = value; }
};

struct ScaleMapsFactorGradientTerms : SumOfFloats {
    ScaleMapsFactorGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.n * of.plane; }
    CONVOLAB_BODY void add(float& value, Index c, Index k) const {
        const Index i = (k / of.plane * of.channels + c) * of.plane + k % of.plane;
        value += of.dy[i] * of.x[i];
    }
    CONVOLAB_BODY void finish(Index c, float value) const { of.dfactor[c] = value; }
};

struct PreluSlopeGradientTerms : SumOfFloats {
    PreluSlopeGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.count / of.slopes; }
    CONVOLAB_BODY void add(float& value, Index slope, Index k) const {
        const Index i = (k / of.inner * of.slopes + slope) * of.inner + k % of.inner;
        if (!(of.x[i] > 0.0F)) value += of.dy[i] * of.x[i];
    }
    CONVOLAB_BODY void finish(Index slope, float value) const { of.dslope[slope] = value; }
};

/// First the means, then (BatchVarianceTerms) what needs them: together BatchMoments.
struct BatchMeanTerms : SumOfFloats {
    BatchMoments of;
    CONVOLAB_BODY Index count(Index) const { return of.v.count(); }
    CONVOLAB_BODY void add(float& value, Index c, Index k) const { value += of.x[of.v.at(c, k)]; }
    CONVOLAB_BODY void finish(Index c, float value) const { of.moments[c].mean = value / static_cast<float>(of.v.count()); }
};

struct BatchVarianceTerms : SumOfFloats {
    BatchMoments of;
    CONVOLAB_BODY Index count(Index) const { return of.v.count(); }
    CONVOLAB_BODY void add(float& value, Index c, Index k) const {
        const float difference = of.x[of.v.at(c, k)] - of.moments[c].mean;
        value += difference * difference;
    }
    CONVOLAB_BODY void finish(Index c, float value) const { of.keep(c, of.moments[c].mean, value / static_cast<float>(of.v.count())); }
};

struct BatchNormParameterGradientTerms : SumOfPairs {
    BatchNormParameterGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.v.count(); }
    CONVOLAB_BODY void add(GradientSums& value, Index c, Index k) const {
        const Index i = of.v.at(c, k);
        of.add(value, i, c, of.dy[i]);
    }
    CONVOLAB_BODY void finish(Index c, const GradientSums& value) const { of.keep(c, value); }
};

/// First the means, then the deviations: together SetMoments.
struct SetMeanTerms : SumOfFloats {
    SetMoments of;
    CONVOLAB_BODY Index count(Index) const { return of.each; }
    CONVOLAB_BODY void add(float& value, Index set, Index k) const { value += of.x[set * of.each + k]; }
    CONVOLAB_BODY void finish(Index set, float value) const { of.moments[set].mean = value / static_cast<float>(of.each); }
};

struct SetVarianceTerms : SumOfFloats {
    SetMoments of;
    CONVOLAB_BODY Index count(Index) const { return of.each; }
    CONVOLAB_BODY void add(float& value, Index set, Index k) const {
        const float difference = of.x[set * of.each + k] - of.moments[set].mean;
        value += difference * difference;
    }
    CONVOLAB_BODY void finish(Index set, float value) const { of.moments[set].inverse = 1.0F / std::sqrt(value / static_cast<float>(of.each) + of.epsilon); }
};

struct SetGradientSumsTerms : SumOfPairs {
    SetGradientSums of;
    CONVOLAB_BODY Index count(Index) const { return of.v.each; }
    CONVOLAB_BODY void add(GradientSums& value, Index set, Index k) const {
        const Index i = set * of.v.each + k;
        const float g = of.scale != nullptr ? of.dy[i] * of.scale[of.v.parameterOf(i)] : of.dy[i];
        value.sum += g;
        value.weighted += g * (of.x[i] - of.moments[set].mean) * of.moments[set].inverse;
    }
    CONVOLAB_BODY void finish(Index set, const GradientSums& value) const { of.sums[set] = value; }
};

struct SetNormParameterGradientTerms : SumOfPairs {
    SetNormParameterGradient of;
    CONVOLAB_BODY Index count(Index) const { return of.values / of.v.count; }
    CONVOLAB_BODY void add(GradientSums& value, Index p, Index k) const {
        const Index i = (k / of.v.inner * of.v.count + p) * of.v.inner + k % of.v.inner;
        const Moments m = of.moments[i / of.v.each];
        value.sum += of.dy[i];
        value.weighted += of.dy[i] * (of.x[i] - m.mean) * m.inverse;
    }
    CONVOLAB_BODY void finish(Index p, const GradientSums& value) const {
        of.dscale[p] = value.weighted;
        of.dshift[p] = value.sum;
    }
};

/// The divisor of the mean and the loss of the batch, in double.
struct LossScaleTerms : SumOfDoubles {
    LossScale of;
    CONVOLAB_BODY Index count(Index) const { return of.n; }
    CONVOLAB_BODY void add(double& value, Index, Index k) const { value += of.classWeights != nullptr ? static_cast<double>(of.classWeights[of.labels[k]]) : 1.0; }
    CONVOLAB_BODY void finish(Index, double value) const { of.total->scale = value > 0.0 ? 1.0 / value : 0.0; }
};

struct LossTotalTerms : SumOfLosses {
    LossTotal of;
    CONVOLAB_BODY Index count(Index) const { return of.n; }
    CONVOLAB_BODY void add(ImageLoss& value, Index, Index k) const { join(value, of.losses[k]); }
    CONVOLAB_BODY void finish(Index, const ImageLoss& value) const {
        of.total->loss = value.loss * of.total->scale;
        of.total->correct = value.correct;
    }
};

}  // namespace convolab::gpu
