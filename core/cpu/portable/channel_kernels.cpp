#include "core/cpu/portable/channel_kernels.h"

#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

// Each kernel handles the H·W pixels of one map (B = 1) or of one block of B maps of one image.

template <int B>
CONVOLAB_INLINE void sumsMap(const float* x, const float* center, std::int64_t pixels, float* sum, float* squares) {
    float s[B] = {};
    float q[B] = {};
    if constexpr (B == 1) {
        float total = 0.0F;
        float square = 0.0F;
        const float c = center[0];
#pragma omp simd reduction(+ : total, square)
        for (std::int64_t p = 0; p < pixels; ++p) {
            const float d = x[p] - c;
            total += d;
            square += d * d;
        }
        s[0] = total;
        q[0] = square;
    } else {
        for (std::int64_t p = 0; p < pixels; ++p) {
            for (int l = 0; l < B; ++l) {
                const float d = x[p * B + l] - center[l];
                s[l] += d;
                q[l] += d * d;
            }
        }
    }
    for (int l = 0; l < B; ++l) sum[l] = s[l];
    for (int l = 0; l < B; ++l) squares[l] = q[l];
}

template <int B>
CONVOLAB_INLINE void applyMap(const float* x, const float* mean, const float* scale, const float* shift, std::int64_t pixels,
                              bool activated, float slope, float top, float* y) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) {
            const float v = (x[p * B + l] - mean[l]) * scale[l] + shift[l];
            const float kept = v > 0.0F ? v : slope * v;
            y[p * B + l] = activated ? (kept > top ? top : kept) : v;
        }
    }
}

template <int B>
CONVOLAB_INLINE void gradientSumsMap(const float* x, const float* dy, const float* mean, const float* inverse,
                                     std::int64_t pixels, float* sum, float* product) {
    float s[B] = {};
    float q[B] = {};
    if constexpr (B == 1) {
        float total = 0.0F;
        float dot = 0.0F;
        const float m = mean[0];
        const float r = inverse[0];
#pragma omp simd reduction(+ : total, dot)
        for (std::int64_t p = 0; p < pixels; ++p) {
            total += dy[p];
            dot += dy[p] * (x[p] - m) * r;
        }
        s[0] = total;
        q[0] = dot;
    } else {
        for (std::int64_t p = 0; p < pixels; ++p) {
            for (int l = 0; l < B; ++l) {
                const float g = dy[p * B + l];
                s[l] += g;
                q[l] += g * (x[p * B + l] - mean[l]) * inverse[l];
            }
        }
    }
    for (int l = 0; l < B; ++l) sum[l] = s[l];
    for (int l = 0; l < B; ++l) product[l] = q[l];
}

template <int B>
CONVOLAB_INLINE void inputGradientMap(const float* x, const float* dy, const float* mean, const float* a, const float* b,
                                      const float* c, std::int64_t pixels, float* dx) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) {
            dx[p * B + l] = a[l] * dy[p * B + l] + b[l] * (x[p * B + l] - mean[l]) + c[l];
        }
    }
}

}  // namespace

CONVOLAB_CLONES void channelSums(int block, const float* x, const float* center, std::int64_t pixels, float* sum,
                                 float* squares) {
    if (block == 16) sumsMap<16>(x, center, pixels, sum, squares);
    else if (block == 8) sumsMap<8>(x, center, pixels, sum, squares);
    else sumsMap<1>(x, center, pixels, sum, squares);
}

CONVOLAB_CLONES void channelAffine(int block, const float* x, const float* mean, const float* scale, const float* shift,
                                   std::int64_t pixels, bool activated, float slope, float top, float* y) {
    if (block == 16) applyMap<16>(x, mean, scale, shift, pixels, activated, slope, top, y);
    else if (block == 8) applyMap<8>(x, mean, scale, shift, pixels, activated, slope, top, y);
    else applyMap<1>(x, mean, scale, shift, pixels, activated, slope, top, y);
}

CONVOLAB_CLONES void channelGradientSums(int block, const float* x, const float* dy, const float* mean, const float* inverse,
                                         std::int64_t pixels, float* sum, float* product) {
    if (block == 16) gradientSumsMap<16>(x, dy, mean, inverse, pixels, sum, product);
    else if (block == 8) gradientSumsMap<8>(x, dy, mean, inverse, pixels, sum, product);
    else gradientSumsMap<1>(x, dy, mean, inverse, pixels, sum, product);
}

CONVOLAB_CLONES void channelInputGradient(int block, const float* x, const float* dy, const float* mean, const float* a,
                                          const float* b, const float* c, std::int64_t pixels, float* dx) {
    if (block == 16) inputGradientMap<16>(x, dy, mean, a, b, c, pixels, dx);
    else if (block == 8) inputGradientMap<8>(x, dy, mean, a, b, c, pixels, dx);
    else inputGradientMap<1>(x, dy, mean, a, b, c, pixels, dx);
}

}  // namespace convolab
