#pragma once

#include <cmath>

#include "gpu/kernels/elementwise.h"
#include "gpu/kernels/sums.h"

/// An attack that climbs a gradient: where it starts, its steps, and the way back into the ball around the clean images and into
/// [0, 1]. The arithmetic is that of core/attack/perturbation.cpp, operation by operation, so that on the same gradients L∞ attacks are
/// the same bits, and L2 attacks those of the bodies with one thread per image. Images (n, pixels); c are the clean ones.
namespace convolab::gpu {

/// The factors of an ascent, in the device's memory: recorded steps serve every ε.
struct AscentNumbers {
    std::uint32_t key[2];  ///< randomKey(seed, Attack, draw)
    double epsilon, step;
    BatchLoss goal;        ///< scale: 1 climbs away from the classes, −1 towards them
};

// Compilers for GPUs join a product and a sum into one operation; here the product is rounded as on the processor.
CONVOLAB_BODY inline float rounded(float a, float b) {
#ifdef __CUDA_ARCH__
    return __fmul_rn(a, b);
#else
    return a * b;
#endif
}
CONVOLAB_BODY inline double rounded(double a, double b) {
#ifdef __CUDA_ARCH__
    return __dmul_rn(a, b);
#else
    return a * b;
#endif
}

CONVOLAB_BODY inline bool isFinite(double value) { return value - value == 0.0; }

CONVOLAB_BODY inline float clipped(float value, float low, float high) {
    const float above = value < low ? low : value;
    return high < above ? high : above;
}

/// x within float(ε) of c and within [0, 1], to the last bit: c ± ε is rounded and may lie a little outside.
CONVOLAB_BODY inline float within(float c, float epsilon, float x) {
    float low = c - epsilon, high = c + epsilon;
    if (c - low > epsilon) low = nextafterf(low, 2.0F);
    if (high - c > epsilon) high = nextafterf(high, -1.0F);
    return clipped(x, low < 0.0F ? 0.0F : low, 1.0F < high ? 1.0F : high);
}

/// Number `place` of an image's sequence (core/util/random.h), uniform in [0, 1).
CONVOLAB_BODY inline float uniformAt(const AscentNumbers& numbers, std::int64_t id, Index place) {
    const Philox random(numbers.key[0], numbers.key[1], static_cast<std::uint64_t>(place) / 4, static_cast<std::uint64_t>(id));
    return static_cast<float>(random.value[place % 4] >> 8) * (1.0F / 16777216.0F);
}

/// Uniform in the cube around c; `projects`: then into the box.
struct CubeStart {
    const AscentNumbers* numbers;
    const std::int64_t* ids;
    const float* c;
    float* x;
    Index pixels;
    bool projects;
    CONVOLAB_BODY void operator()(Index i) const {
        const auto epsilon = static_cast<float>(numbers->epsilon);
        const float uniform = uniformAt(*numbers, ids[i / pixels], i % pixels);
        const float start = c[i] + (-epsilon + rounded(epsilon - -epsilon, uniform));
        x[i] = projects ? within(c[i], epsilon, start) : start;
    }
};

/// x ← Π(x + α sign(g)).
struct CubeStep {
    const AscentNumbers* numbers;
    const float *c, *g;
    float* x;
    CONVOLAB_BODY void operator()(Index i) const {
        const auto length = static_cast<float>(numbers->step);
        const float moved = x[i] + (g[i] > 0.0F ? length : (g[i] < 0.0F ? -length : 0.0F));
        x[i] = within(c[i], static_cast<float>(numbers->epsilon), moved);
    }
};

/// Value k of a normal direction (Box–Muller, behind the number that the radius takes).
struct BallNormals {
    const AscentNumbers* numbers;
    const std::int64_t* ids;
    float* x;
    Index pixels;
    CONVOLAB_BODY void operator()(Index i) const {
        constexpr double kTwoPi = 2.0 * 3.141592653589793238462643383279502884;
        const std::int64_t id = ids[i / pixels];
        const Index k = i % pixels, pair = 1 + k / 2 * 2;
        const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(uniformAt(*numbers, id, pair))));
        const double angle = kTwoPi * static_cast<double>(uniformAt(*numbers, id, pair + 1));
        x[i] = static_cast<float>(radius * (k % 2 == 0 ? std::cos(angle) : std::sin(angle)));
    }
};

/// One image's way in a ball: first along a direction, then back into ball and box. `d` null: x holds the direction of a random start
/// (BallNormals), whose length has a power that is uniform; else x moves by a step along d.
struct BallMove {
    const AscentNumbers* numbers;
    const std::int64_t* ids;
    const float *c, *d;
    float* x;
    Index pixels;
    bool projects;

    CONVOLAB_BODY const float* direction() const { return d != nullptr ? d : x; }
    /// What the direction is multiplied by, from the sum of its squares; 0: x stays where it is.
    CONVOLAB_BODY double scaleOf(Index image, double square) const {
        if (d != nullptr) return square > 0.0 && isFinite(square) ? numbers->step / std::sqrt(square) : 0.0;
        const double radius = rounded(numbers->epsilon, std::pow(static_cast<double>(uniformAt(*numbers, ids[image], 0)), 1.0 / static_cast<double>(pixels)));
        return square > 0.0 ? radius / std::sqrt(square) : 0.0;
    }
    CONVOLAB_BODY void move(Index i, double scale) const {
        if (d == nullptr) x[i] = static_cast<float>(static_cast<double>(c[i]) + rounded(scale, static_cast<double>(x[i])));
        else if (scale > 0.0) x[i] += static_cast<float>(rounded(scale, static_cast<double>(d[i])));
    }
    CONVOLAB_BODY double squareOf(Index i) const {
        const double value = static_cast<double>(direction()[i]);
        return rounded(value, value);
    }
    CONVOLAB_BODY double squaredDistance(Index i) const {
        const double difference = static_cast<double>(c[i]) - static_cast<double>(x[i]);
        return rounded(difference, difference);
    }
    /// Towards c, then into the box.
    CONVOLAB_BODY void scaleTo(Index i, double scale) const {
        const double r = static_cast<double>(x[i]) - static_cast<double>(c[i]);
        x[i] = clipped(static_cast<float>(static_cast<double>(c[i]) + rounded(scale, r)), 0.0F, 1.0F);
    }
    /// Rounding to float can leave the result a little outside; each pull is stronger than the one before, the last one leads to c.
    static constexpr int kPulls = 24;
    CONVOLAB_BODY static double pull(int number) { return number < kPulls - 1 ? 1.0 - std::ldexp(1.0, number - (kPulls - 1)) : 0.0; }
    /// The first scale behind the move.
    CONVOLAB_BODY double firstScale(double length, double limit) const { return length > limit ? numbers->epsilon / length : 1.0; }

    /// One thread per image, in the processor's order.
    CONVOLAB_BODY void operator()(Index image) const {
        const Index first = image * pixels, end = first + pixels;
        double square = 0.0;
        for (Index i = first; i < end; ++i) square += squareOf(i);
        const double scale = scaleOf(image, square);
        for (Index i = first; i < end; ++i) move(i, scale);
        if (!projects) return;
        const double scaled = firstScale(distance(first), numbers->epsilon);
        for (Index i = first; i < end; ++i) scaleTo(i, scaled);
        for (int number = 0; number < kPulls && distance(first) > numbers->epsilon; ++number) {
            for (Index i = first; i < end; ++i) scaleTo(i, pull(number));
        }
    }
    CONVOLAB_BODY double distance(Index first) const {
        double sum = 0.0;
        for (Index i = first; i < first + pixels; ++i) sum += squaredDistance(i);
        return std::sqrt(sum);
    }
};

/// The same by a block per image. Its sums run in another order than the processor's: it stays inside by more than any order of `pixels`
/// terms can differ by, so that the budget holds to the last bit whoever adds up.
struct BallMoveByBlocks {
    static constexpr int kThreads = 256;
    static constexpr int kHalvings = 8;
    static constexpr int kRound = kHalvings + 2;  ///< phases: write a sum's parts, halve them, act

    struct Shared {
        double values[kThreads];
    };
    struct Own {
        double sum;
        bool done;
    };

    BallMove of;

    // Round 0 moves, round 1 scales, the others pull.
    CONVOLAB_BODY Index phases() const { return of.projects ? kRound * (2 + BallMove::kPulls) : kRound; }
    CONVOLAB_BODY double limit() const { return of.numbers->epsilon * (1.0 - static_cast<double>(of.pixels + 4) * 0x1p-52); }

    CONVOLAB_BODY void operator()(Index phase, Index image, int thread, Shared& shared, Own& own) const {
        if (own.done) return;
        const auto round = static_cast<int>(phase / kRound), within = static_cast<int>(phase % kRound);
        if (within == 0) {
            if (round == 0) own.sum = sumOf(image, thread, true);
            shared.values[thread] = own.sum;
        } else if (within <= kHalvings) {
            const int half = kThreads >> within;
            if (thread < half) shared.values[thread] += shared.values[thread + half];
        } else {
            act(round, image, thread, shared.values[0], own);
        }
    }
    CONVOLAB_BODY void act(int round, Index image, int thread, double sum, Own& own) const {
        const double length = std::sqrt(sum);
        if (round >= 2 && !(length > limit())) {
            own.done = true;
            return;
        }
        const double scale = round == 0 ? of.scaleOf(image, sum) : (round == 1 ? of.firstScale(length, limit()) : BallMove::pull(round - 2));
        for (Index i = image * of.pixels + thread; i < (image + 1) * of.pixels; i += kThreads) {
            if (round == 0) of.move(i, scale);
            else of.scaleTo(i, scale);
        }
        own.sum = sumOf(image, thread, false);
    }
    CONVOLAB_BODY double sumOf(Index image, int thread, bool direction) const {
        double sum = 0.0;
        for (Index i = image * of.pixels + thread; i < (image + 1) * of.pixels; i += kThreads) sum += direction ? of.squareOf(i) : of.squaredDistance(i);
        return sum;
    }
};

/// One thread per image: notes where a gradient was not all zero.
struct SawGradient {
    const float* g;
    std::int32_t* saw;
    Index pixels;
    CONVOLAB_BODY void operator()(Index image) const {
        for (Index i = image * pixels; i < (image + 1) * pixels; ++i) {
            if (!(g[i] == 0.0F)) saw[image] = 1;
        }
    }
};

struct SawGradientTerms {
    using Value = std::int32_t;
    SawGradient of;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { value |= other; }
    CONVOLAB_BODY Index count(Index) const { return of.pixels; }
    CONVOLAB_BODY void add(Value& value, Index image, Index k) const { value |= of.g[image * of.pixels + k] == 0.0F ? 0 : 1; }
    CONVOLAB_BODY void finish(Index image, const Value& value) const { of.saw[image] |= value; }
};

}  // namespace convolab::gpu
