#include "core/cpu/int8/grid.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

namespace {

// ⌊x⌉ half to even for |x| < 2^22: the addition leaves no bits below the point. Vectorises for every instruction set,
// which nearbyint does not; the file is built without contraction and without -ffast-math.
constexpr float kRounder = 12582912.0F;  // 1.5 · 2^23

struct Limits {
    float slope, low, high, zero;
    explicit Limits(const Requantization& to)
        : slope(to.slope), low(static_cast<float>(to.low - to.zeroPoint)), high(static_cast<float>(to.high - to.zeroPoint)),
          zero(static_cast<float>(to.zeroPoint)) {}
};

CONVOLAB_INLINE std::uint8_t onGrid(float steps, const Limits& limits) {
    steps = steps < 0.0F ? steps * limits.slope : steps;
    steps = steps < limits.low ? limits.low : steps;
    steps = steps > limits.high ? limits.high : steps;
    const float whole = (steps + kRounder) - kRounder;
    return static_cast<std::uint8_t>(static_cast<std::int32_t>(whole + limits.zero));
}

CONVOLAB_CLONES void sumsToGrid(const std::int32_t* sums, const float* multiplier, std::int64_t count, Limits limits, std::uint8_t* q) {
    for (std::int64_t c = 0; c < count; ++c) q[c] = onGrid(static_cast<float>(sums[c]) * multiplier[c], limits);
}

CONVOLAB_CLONES void stepsToGrid(const float* steps, std::int64_t count, Limits limits, std::uint8_t* q) {
    for (std::int64_t c = 0; c < count; ++c) q[c] = onGrid(steps[c], limits);
}

CONVOLAB_CLONES void scaleSums(const std::int32_t* sums, const float* multiplier, std::int64_t count, float slope, float* y) {
    for (std::int64_t c = 0; c < count; ++c) {
        const float value = static_cast<float>(sums[c]) * multiplier[c];
        y[c] = value < 0.0F ? value * slope : value;
    }
}

/// One plane of one image: pixels that lie side by side, to every `channels`-th place.
CONVOLAB_CLONES void quantizePlane(const float* x, std::int64_t pixels, std::int64_t channels, float scale, Limits limits,
                                   std::uint8_t* q) {
    for (std::int64_t i = 0; i < pixels; ++i) {
        float steps = x[i] / scale;
        steps = steps == steps ? steps : 0.0F;  // NaN becomes the zero point
        q[i * channels] = onGrid(steps, limits);
    }
}

}  // namespace

void toGrid(const std::int32_t* sums, const float* multiplier, std::int64_t count, const Requantization& to, std::uint8_t* q) {
    sumsToGrid(sums, multiplier, count, Limits(to), q);
}

void toGrid(const float* steps, std::int64_t count, const Requantization& to, std::uint8_t* q) {
    stepsToGrid(steps, count, Limits(to), q);
}

void scaled(const std::int32_t* sums, const float* multiplier, std::int64_t count, float slope, float* y) {
    scaleSums(sums, multiplier, count, slope, y);
}

void quantizeImages(std::int64_t n, const Shape& shape, const float* x, float scale, const Requantization& to, std::uint8_t* q) {
    const std::int64_t channels = shape.channels(), pixels = shape.height() * shape.width();
    const Limits limits(to);
    if (pixels == 1) {  // vectors
        return parallelFor(n * channels, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            quantizePlane(x + begin, end - begin, 1, scale, limits, q + begin);
        });
    }
    parallelFor(n, 1 + kElementGrain / shape.size(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t plane = begin * channels; plane < end * channels; ++plane) {
            quantizePlane(x + plane * pixels, pixels, channels, scale, limits,
                          q + plane / channels * shape.size() + plane % channels);
        }
    });
}

void dequantizeImages(std::int64_t n, const Shape& shape, const std::uint8_t* q, float scale, std::int32_t zeroPoint, float* x) {
    const std::int64_t channels = shape.channels(), pixels = shape.height() * shape.width();
    parallelFor(n, 1 + kElementGrain / shape.size(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t plane = begin * channels; plane < end * channels; ++plane) {
            const std::uint8_t* from = q + plane / channels * shape.size() + plane % channels;
            float* to = x + plane * pixels;
            for (std::int64_t i = 0; i < pixels; ++i) to[i] = scale * static_cast<float>(from[i * channels] - zeroPoint);
        }
    });
}

void channelsFirst(std::int64_t n, const Shape& shape, const float* from, float* to) {
    const std::int64_t channels = shape.channels(), pixels = shape.height() * shape.width();
    for (std::int64_t plane = 0; plane < n * channels; ++plane) {
        const float* source = from + plane / channels * shape.size() + plane % channels;
        for (std::int64_t i = 0; i < pixels; ++i) to[plane * pixels + i] = source[i * channels];
    }
}

bool hasAvxVnni() {
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1U << 4)) != 0;
#else
    return false;
#endif
}

}  // namespace convolab::int8
