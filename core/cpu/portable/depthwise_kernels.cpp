#include "core/cpu/portable/depthwise_kernels.h"

#include <cstring>

#include "core/cpu/portable/parallel.h"

// These loops live on fused multiply-adds, which "avx2" alone does not include.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CONVOLAB_FUSED_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CONVOLAB_FUSED_CLONES
#endif

namespace convolab::depthwise {

namespace {

template <int B>
struct Vectors {
    typedef float Float __attribute__((vector_size(4 * B)));
};

/// P pixels at a time: each weight is read once for all of them.
template <int B, int P>
CONVOLAB_INLINE void convolvePixels(const Stretch& s, std::int64_t first) {
    using Float = typename Vectors<B>::Float;
    Float sums[P];
    Float start = {};
    if (s.bias != nullptr) std::memcpy(&start, s.bias, sizeof start);
    for (int p = 0; p < P; ++p) sums[p] = start;
    for (std::int64_t t = 0; t < s.tapCount; ++t) {
        const float* pixel = s.taps[t].pixel + first * s.inStep;
        Float weight;
        std::memcpy(&weight, s.taps[t].weight, sizeof weight);
        for (int p = 0; p < P; ++p) {
            Float value;
            std::memcpy(&value, pixel + p * s.inStep, sizeof value);
            sums[p] += value * weight;
        }
    }
    for (int p = 0; p < P; ++p) {
        Float value = sums[p];
        if (s.activated) {
            const Float top = Float{} + s.top;
            value = value > 0.0F ? value : s.slope * value;
            value = value > top ? top : value;
        }
        std::memcpy(s.y + (first + p) * s.outStep, &value, sizeof value);
    }
}

template <int B>
CONVOLAB_INLINE void convolveStretch(const Stretch& s) {
    std::int64_t i = 0;
    for (; i + 8 <= s.pixels; i += 8) convolvePixels<B, 8>(s, i);
    if (i + 4 <= s.pixels) {
        convolvePixels<B, 4>(s, i);
        i += 4;
    }
    if (i + 2 <= s.pixels) {
        convolvePixels<B, 2>(s, i);
        i += 2;
    }
    if (i < s.pixels) convolvePixels<B, 1>(s, i);
}

/// T taps at a time: each gradient is read once for all of them.
template <int B, int T>
CONVOLAB_INLINE void correlateTaps(const Correlation& c, std::int64_t first) {
    using Float = typename Vectors<B>::Float;
    Float sums[T];
    const float* x[T];
    for (int t = 0; t < T; ++t) {
        std::memcpy(&sums[t], c.sums + (first + t) * B, sizeof sums[t]);
        x[t] = c.x[first + t];
    }
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < c.pixels; ++i, at += c.inStep) {
        Float gradient;
        std::memcpy(&gradient, c.dy + i * B, sizeof gradient);
        for (int t = 0; t < T; ++t) {
            Float value;
            std::memcpy(&value, x[t] + at, sizeof value);
            sums[t] += value * gradient;
        }
    }
    for (int t = 0; t < T; ++t) std::memcpy(c.sums + (first + t) * B, &sums[t], sizeof sums[t]);
}

template <int B>
CONVOLAB_INLINE void correlateAll(const Correlation& c) {
    std::int64_t t = 0;
    for (; t + 9 <= c.tapCount; t += 9) correlateTaps<B, 9>(c, t);
    for (; t + 5 <= c.tapCount; t += 5) correlateTaps<B, 5>(c, t);
    for (; t + 3 <= c.tapCount; t += 3) correlateTaps<B, 3>(c, t);
    for (; t < c.tapCount; ++t) correlateTaps<B, 1>(c, t);
}

template <int B>
CONVOLAB_INLINE void sumAll(const float* dy, std::int64_t pixels, float* sums) {
    for (std::int64_t i = 0; i < pixels; ++i) {
        for (int l = 0; l < B; ++l) sums[l] += dy[i * B + l];
    }
}

}  // namespace

CONVOLAB_FUSED_CLONES void convolve(int block, const Stretch& stretch) {
    if (block == 16) convolveStretch<16>(stretch);
    else convolveStretch<8>(stretch);
}

CONVOLAB_FUSED_CLONES void correlate(int block, const Correlation& correlation) {
    if (block == 16) correlateAll<16>(correlation);
    else correlateAll<8>(correlation);
}

CONVOLAB_FUSED_CLONES void sumPixels(int block, const float* dy, std::int64_t pixels, float* sums) {
    if (block == 16) sumAll<16>(dy, pixels, sums);
    else sumAll<8>(dy, pixels, sums);
}

}  // namespace convolab::depthwise
