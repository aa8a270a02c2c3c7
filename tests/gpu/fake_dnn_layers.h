// cuDNN's poolings and batch norms without cuDNN: functions that do in plain loops what the library's documentation says.
#pragma once

#include <algorithm>
#include <cmath>

#include "tests/gpu/fake_dnn.h"

namespace convolab::testing {

struct FakePooling {
    int mode = -1, nan = -1, window[2] = {}, pad[2] = {}, stride[2] = {};
    int places(int in, int side) const { return (in + 2 * pad[side] - window[side]) / stride[side] + 1; }
};

inline bool fakePools(const FakePooling& p, const FakeTensor& in, const FakeTensor& out) {
    return in.n == out.n && in.c == out.c && p.places(in.h, 0) == out.h && p.places(in.w, 1) == out.w && p.nan == gpu::kDnnPropagateNan && p.mode > 0;
}

// Of each window: visit(place in the output, place in the input) for what lies inside; then finish(place in the output, values inside).
template <class Visit, class Finish>
void fakeWindows(const FakePooling& p, const FakeTensor& in, const FakeTensor& out, Visit&& visit, Finish&& finish) {
    for (int to = 0; to < out.n * out.c * out.h * out.w; ++to) {
        const int column = to % out.w * p.stride[1] - p.pad[1], row = to / out.w % out.h * p.stride[0] - p.pad[0], map = to / (out.h * out.w);
        int inside = 0;
        for (int v = 0; v < p.window[0] * p.window[1]; ++v) {
            const int r = row + v / p.window[1], c = column + v % p.window[1];
            if (r < 0 || r >= in.h || c < 0 || c >= in.w) continue;
            ++inside;
            visit(to, (map * in.h + r) * in.w + c);
        }
        finish(to, inside);
    }
}

inline float fakeDivisor(const FakePooling& p, int inside) {
    return static_cast<float>(p.mode == gpu::kDnnAverageWithPadding ? p.window[0] * p.window[1] : inside);
}

inline int fakePool(const FakePooling& p, const FakeTensor& in, const float* x, const FakeTensor& out, float* y) {
    if (fakeDnn().failRun != 0) return fakeDnn().failRun;
    if (!fakePools(p, in, out)) return 2000;
    ++fakeDnn().runs;
    const bool maximum = p.mode == gpu::kDnnDeterministicMaximum;
    std::fill_n(y, out.n * out.c * out.h * out.w, maximum ? -INFINITY : 0.0F);
    const auto visit = [&](int to, int from) {
        if (!maximum) y[to] += x[from];
        else if (x[from] > y[to] || std::isnan(x[from])) y[to] = x[from];
    };
    fakeWindows(p, in, out, visit, [&](int to, int inside) { y[to] /= maximum ? 1.0F : fakeDivisor(p, inside); });
    return 0;
}

inline int fakePoolGradient(const FakePooling& p, const FakeTensor& in, const FakeTensor& out, const float* dy, float* dx) {
    if (fakeDnn().failRun != 0) return fakeDnn().failRun;
    if (!fakePools(p, in, out) || p.mode == gpu::kDnnDeterministicMaximum) return 2000;
    ++fakeDnn().runs;
    std::fill_n(dx, in.n * in.c * in.h * in.w, 0.0F);
    std::vector<int> covered;
    fakeWindows(p, in, out, [&](int, int from) { covered.push_back(from); },
                [&](int to, int inside) {
                    for (const int from : covered) dx[from] += dy[to] / fakeDivisor(p, inside);
                    covered.clear();
                });
    return 0;
}

// Calls visit(k, value's place) for all values of one channel.
template <class Visit>
void fakeChannel(const FakeTensor& t, int c, Visit&& visit) {
    const int plane = t.h * t.w;
    for (int k = 0; k < t.n * plane; ++k) visit((k / plane * t.c + c) * plane + k % plane);
}

inline bool fakeNorms(int mode, const FakeTensor& x, const FakeTensor& channels, double epsilon) {
    return mode == gpu::kDnnNormOfChannels && channels.n == 1 && channels.c == x.c && channels.h == 1 && channels.w == 1 && epsilon >= 0.0 && fakeDnn().failRun == 0;
}

// x̂ · scale + shift, the running variance with m − 1.
inline int fakeNormTraining(const FakeTensor& t, const float* x, float* y, const float* scale, const float* shift, double factor, float* runningMean,
                            float* runningVariance, double epsilon, float* savedMean, float* savedInverse) {
    ++fakeDnn().runs;
    const double count = t.n * t.h * t.w;
    for (int c = 0; c < t.c; ++c) {
        double mean = 0.0, squares = 0.0;
        fakeChannel(t, c, [&](int i) { mean += static_cast<double>(x[i]) / count; });
        fakeChannel(t, c, [&](int i) { squares += (x[i] - mean) * (x[i] - mean); });
        const double inverse = 1.0 / std::sqrt(squares / count + epsilon);
        fakeChannel(t, c, [&](int i) { y[i] = static_cast<float>((x[i] - mean) * inverse * scale[c] + shift[c]); });
        runningMean[c] = static_cast<float>(factor * mean + (1.0 - factor) * runningMean[c]);
        runningVariance[c] = static_cast<float>(factor * squares / (count - 1.0) + (1.0 - factor) * runningVariance[c]);
        savedMean[c] = static_cast<float>(mean);
        savedInverse[c] = static_cast<float>(inverse);
    }
    return 0;
}

inline int fakeNormGradient(const FakeTensor& t, const float* x, const float* dy, float* dx, const float* scale, float* dscale, float* dshift, const float* mean,
                            const float* inverse) {
    ++fakeDnn().runs;
    const double count = t.n * t.h * t.w;
    for (int c = 0; c < t.c; ++c) {
        double sum = 0.0, weighted = 0.0;
        const auto normalised = [&](int i) { return static_cast<double>(x[i] - mean[c]) * inverse[c]; };
        fakeChannel(t, c, [&](int i) { sum += dy[i]; weighted += dy[i] * normalised(i); });
        fakeChannel(t, c, [&](int i) { dx[i] = static_cast<float>(scale[c] * inverse[c] * (dy[i] - (sum + normalised(i) * weighted) / count)); });
        dscale[c] = static_cast<float>(weighted);
        dshift[c] = static_cast<float>(sum);
    }
    return 0;
}

inline const float* fakeFloats(const void* values) { return static_cast<const float*>(values); }
inline float* fakeFloats(void* values) { return static_cast<float*>(values); }

inline gpu::DnnTable fakeLayerTable() {
    using T = FakeTensor;
    using P = FakePooling;
    gpu::DnnTable t = fakeDnnTable();
    t.createPooling = makeFake<P>;
    t.destroyPooling = destroyFake<P>;
    t.setPooling = [](void* pooling, int mode, int nan, int wh, int ww, int ph, int pw, int sh, int sw) {
        *static_cast<P*>(pooling) = {mode, nan, {wh, ww}, {ph, pw}, {sh, sw}};
        return ph < wh && pw < ww ? 0 : 2000;
    };
    t.pool = [](void*, void* pooling, const void*, void* xOf, const void* x, const void*, void* yOf, void* y) {
        return fakePool(fakeOf<P>(pooling), fakeOf<T>(xOf), fakeFloats(x), fakeOf<T>(yOf), fakeFloats(y));
    };
    t.poolGradient = [](void*, void* pooling, const void*, void*, const void* y, void* dyOf, const void* dy, void*, const void* x, const void*, void* dxOf, void* dx) {
        return y == nullptr || x == nullptr ? 2000 : fakePoolGradient(fakeOf<P>(pooling), fakeOf<T>(dxOf), fakeOf<T>(dyOf), fakeFloats(dy), fakeFloats(dx));
    };
    t.deriveChannels = [](void* channels, void* xOf, int mode) {
        *static_cast<T*>(channels) = {1, fakeOf<T>(xOf).c, 1, 1};
        return mode == gpu::kDnnNormOfChannels ? 0 : 2000;
    };
    t.normTraining = [](void*, int mode, const void*, const void*, void* xOf, const void* x, void*, void* y, void* channels, const void* scale, const void* shift,
                        double factor, void* runningMean, void* runningVariance, double epsilon, void* mean, void* inverse) {
        if (!fakeNorms(mode, fakeOf<T>(xOf), fakeOf<T>(channels), epsilon)) return fakeDnn().failRun != 0 ? fakeDnn().failRun : 2000;
        return fakeNormTraining(fakeOf<T>(xOf), fakeFloats(x), fakeFloats(y), fakeFloats(scale), fakeFloats(shift), factor, fakeFloats(runningMean),
                                fakeFloats(runningVariance), epsilon, fakeFloats(mean), fakeFloats(inverse));
    };
    t.normInference = [](void*, int mode, const void*, const void*, void* xOf, const void* x, void*, void* y, void* channels, const void* scale, const void* shift,
                         const void* mean, const void* variance, double epsilon) {
        const T& maps = fakeOf<T>(xOf);
        if (!fakeNorms(mode, maps, fakeOf<T>(channels), epsilon)) return 2000;
        ++fakeDnn().runs;
        for (int i = 0; i < maps.n * maps.c * maps.h * maps.w; ++i) {
            const int c = i / (maps.h * maps.w) % maps.c;
            const double inverse = 1.0 / std::sqrt(fakeFloats(variance)[c] + epsilon);
            fakeFloats(y)[i] = static_cast<float>((fakeFloats(x)[i] - fakeFloats(mean)[c]) * inverse * fakeFloats(scale)[c] + fakeFloats(shift)[c]);
        }
        return 0;
    };
    t.normGradient = [](void*, int mode, const void*, const void*, const void*, const void*, void* xOf, const void* x, void*, const void* dy, void*, void* dx, void* channels,
                        const void* scale, void* dscale, void* dshift, double epsilon, const void* mean, const void* inverse) {
        if (!fakeNorms(mode, fakeOf<T>(xOf), fakeOf<T>(channels), epsilon)) return 2000;
        return fakeNormGradient(fakeOf<T>(xOf), fakeFloats(x), fakeFloats(dy), fakeFloats(dx), fakeFloats(scale), fakeFloats(dscale), fakeFloats(dshift), fakeFloats(mean),
                                fakeFloats(inverse));
    };
    return t;
}

}  // namespace convolab::testing
