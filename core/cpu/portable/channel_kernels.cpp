#include "core/cpu/portable/channel_kernels.h"

#include <cstring>

#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

// Each kernel handles the H·W pixels of one map (B = 1) or of one block of B maps of one image. A pixel of a block is one
// vector by its type: from loops over its values GCC makes loops over pixels, with a transposition for every 16 of them.

template <int B>
struct Pixel {
    typedef float Vector __attribute__((vector_size(4 * B)));
};

template <class Vector>
CONVOLAB_INLINE void load(const float* from, Vector& v) {
    std::memcpy(&v, from, sizeof v);
}

template <class Vector>
CONVOLAB_INLINE void store(const Vector& v, float* to) {
    std::memcpy(to, &v, sizeof v);
}

template <int B>
CONVOLAB_INLINE void sumsMap(const float* x, const float* center, std::int64_t pixels, float* sum, float* squares) {
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
        sum[0] = total;
        squares[0] = square;
    } else {
        // Two chains: an addition takes longer than a load.
        typename Pixel<B>::Vector c, d, e, s = {}, t = {}, q = {}, r = {};
        load(center, c);
        std::int64_t p = 0;
        for (; p + 2 <= pixels; p += 2) {
            load(x + p * B, d);
            load(x + (p + 1) * B, e);
            d -= c;
            e -= c;
            s += d;
            t += e;
            q += d * d;
            r += e * e;
        }
        if (p < pixels) {
            load(x + p * B, d);
            d -= c;
            s += d;
            q += d * d;
        }
        s += t;
        q += r;
        store(s, sum);
        store(q, squares);
    }
}

template <int B, bool Activated>
CONVOLAB_INLINE void applyMap(const float* x, const float* mean, const float* scale, const float* shift, std::int64_t pixels,
                              float slope, float top, float* y) {
    if constexpr (B == 1) {
        for (std::int64_t p = 0; p < pixels; ++p) {
            const float v = (x[p] - mean[0]) * scale[0] + shift[0];
            const float kept = v > 0.0F ? v : slope * v;
            y[p] = Activated ? (kept > top ? top : kept) : v;
        }
    } else {
        typename Pixel<B>::Vector m, a, b, v;
        load(mean, m);
        load(scale, a);
        load(shift, b);
        const typename Pixel<B>::Vector most = top - typename Pixel<B>::Vector{};
        for (std::int64_t p = 0; p < pixels; ++p) {
            load(x + p * B, v);
            v = (v - m) * a + b;
            if constexpr (Activated) {
                v = v > 0.0F ? v : slope * v;
                v = v > most ? most : v;
            }
            store(v, y + p * B);
        }
    }
}

template <int B>
CONVOLAB_INLINE void affineMap(const float* x, const float* mean, const float* scale, const float* shift, std::int64_t pixels,
                               bool activated, float slope, float top, float* y) {
    if (activated) applyMap<B, true>(x, mean, scale, shift, pixels, slope, top, y);
    else applyMap<B, false>(x, mean, scale, shift, pixels, slope, top, y);
}

/// dy of this pixel, multiplied by the derivative of the activation behind.
template <bool Masked, class Vector>
CONVOLAB_INLINE void gradientAt(const float* dy, const Vector& centered, const Vector& scale, const Vector& shift, float slope,
                                float top, Vector& g) {
    load(dy, g);
    if constexpr (Masked) {
        const Vector v = centered * scale + shift;
        g = v > 0.0F ? g : slope * g;
        g = v >= top ? Vector{} : g;
    }
}

/// One value of it.
template <bool Masked>
CONVOLAB_INLINE float gradientOf(float g, float centered, float scale, float shift, float slope, float top) {
    if constexpr (!Masked) return g;
    const float v = centered * scale + shift;
    g = v > 0.0F ? g : slope * g;
    return v >= top ? 0.0F : g;
}

template <int B, bool Masked>
CONVOLAB_INLINE void gradientSumsMap(const float* x, const float* dy, const float* mean, const float* inverse,
                                     const ChannelActivation& activation, std::int64_t pixels, float* sum, float* product) {
    const float slope = activation.slope, top = activation.top;
    if constexpr (B == 1) {
        float total = 0.0F;
        float dot = 0.0F;
        const float m = mean[0], r = inverse[0];
        const float a = Masked ? activation.scale[0] : 0.0F, b = Masked ? activation.shift[0] : 0.0F;
#pragma omp simd reduction(+ : total, dot)
        for (std::int64_t p = 0; p < pixels; ++p) {
            const float d = x[p] - m;
            const float g = gradientOf<Masked>(dy[p], d, a, b, slope, top);
            total += g;
            dot += g * d * r;
        }
        sum[0] = total;
        product[0] = dot;
    } else {
        typename Pixel<B>::Vector m, i, a = {}, b = {}, g, h, v, w, s = {}, t = {}, q = {}, r = {};
        load(mean, m);
        load(inverse, i);
        if constexpr (Masked) {
            load(activation.scale, a);
            load(activation.shift, b);
        }
        std::int64_t p = 0;
        for (; p + 2 <= pixels; p += 2) {
            load(x + p * B, v);
            load(x + (p + 1) * B, w);
            v -= m;
            w -= m;
            gradientAt<Masked>(dy + p * B, v, a, b, slope, top, g);
            gradientAt<Masked>(dy + (p + 1) * B, w, a, b, slope, top, h);
            s += g;
            t += h;
            q += g * v;
            r += h * w;
        }
        if (p < pixels) {
            load(x + p * B, v);
            v -= m;
            gradientAt<Masked>(dy + p * B, v, a, b, slope, top, g);
            s += g;
            q += g * v;
        }
        s += t;
        q = (q + r) * i;
        store(s, sum);
        store(q, product);
    }
}

template <int B, bool Masked>
CONVOLAB_INLINE void inputGradientMap(const float* x, const float* dy, const float* mean, const float* a, const float* b,
                                      const float* c, const ChannelActivation& activation, std::int64_t pixels, float* dx) {
    const float slope = activation.slope, top = activation.top;
    if constexpr (B == 1) {
        const float scale = Masked ? activation.scale[0] : 0.0F, shift = Masked ? activation.shift[0] : 0.0F;
        for (std::int64_t p = 0; p < pixels; ++p) {
            const float d = x[p] - mean[0];
            dx[p] = a[0] * gradientOf<Masked>(dy[p], d, scale, shift, slope, top) + b[0] * d + c[0];
        }
    } else {
        typename Pixel<B>::Vector m, f, g, h, u, v, scale = {}, shift = {};
        load(mean, m);
        load(a, f);
        load(b, g);
        load(c, h);
        if constexpr (Masked) {
            load(activation.scale, scale);
            load(activation.shift, shift);
        }
        for (std::int64_t p = 0; p < pixels; ++p) {
            load(x + p * B, v);
            v -= m;
            gradientAt<Masked>(dy + p * B, v, scale, shift, slope, top, u);
            u = f * u + g * v + h;
            store(u, dx + p * B);
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
    if (block == 16) affineMap<16>(x, mean, scale, shift, pixels, activated, slope, top, y);
    else if (block == 8) affineMap<8>(x, mean, scale, shift, pixels, activated, slope, top, y);
    else affineMap<1>(x, mean, scale, shift, pixels, activated, slope, top, y);
}

CONVOLAB_CLONES void channelGradientSums(int block, const float* x, const float* dy, const float* mean, const float* inverse,
                                         const ChannelActivation* behind, std::int64_t pixels, float* sum, float* product) {
    if (behind != nullptr) {
        if (block == 16) gradientSumsMap<16, true>(x, dy, mean, inverse, *behind, pixels, sum, product);
        else if (block == 8) gradientSumsMap<8, true>(x, dy, mean, inverse, *behind, pixels, sum, product);
        else gradientSumsMap<1, true>(x, dy, mean, inverse, *behind, pixels, sum, product);
    } else {
        if (block == 16) gradientSumsMap<16, false>(x, dy, mean, inverse, {}, pixels, sum, product);
        else if (block == 8) gradientSumsMap<8, false>(x, dy, mean, inverse, {}, pixels, sum, product);
        else gradientSumsMap<1, false>(x, dy, mean, inverse, {}, pixels, sum, product);
    }
}

CONVOLAB_CLONES void channelInputGradient(int block, const float* x, const float* dy, const float* mean, const float* a,
                                          const float* b, const float* c, const ChannelActivation* behind, std::int64_t pixels,
                                          float* dx) {
    if (behind != nullptr) {
        if (block == 16) inputGradientMap<16, true>(x, dy, mean, a, b, c, *behind, pixels, dx);
        else if (block == 8) inputGradientMap<8, true>(x, dy, mean, a, b, c, *behind, pixels, dx);
        else inputGradientMap<1, true>(x, dy, mean, a, b, c, *behind, pixels, dx);
    } else {
        if (block == 16) inputGradientMap<16, false>(x, dy, mean, a, b, c, {}, pixels, dx);
        else if (block == 8) inputGradientMap<8, false>(x, dy, mean, a, b, c, {}, pixels, dx);
        else inputGradientMap<1, false>(x, dy, mean, a, b, c, {}, pixels, dx);
    }
}

}  // namespace convolab
