#pragma once

#include "gpu/kernels/block.h"
#include "gpu/kernels/softmax.h"

/// Softmax and cross-entropy for many classes, a block per image: thread t goes through classes t, t + 256, … once, with the largest
/// score so far and the sum of exponentials relative to it (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018);
/// pairs of threads then put together what they have, in an order that never changes. The oracle of each is the body of the same name
/// without "Block".
namespace convolab::gpu {

/// The largest of some scores, and Σ exp(score − largest). It begins below every finite score, so that scores of −∞ add nothing.
template <class Real>
struct ScoreSum {
    Real largest, sum;
    static CONVOLAB_BODY ScoreSum none() { return {static_cast<Real>(-3.402823466e38F), Real{0}}; }
    CONVOLAB_BODY void add(Real score) {
        if (score > largest) {
            sum = sum * std::exp(largest - score) + std::exp(score - score);  // NaN if the score is ∞
            largest = score;
        } else {
            sum += std::exp(score - largest);
        }
    }
    CONVOLAB_BODY void join(const ScoreSum& other) {
        const Real both = other.largest > largest ? other.largest : largest;
        sum = sum * std::exp(largest - both) + other.sum * std::exp(other.largest - both);
        largest = both;
    }
};

/// What the bodies below have in common: a scan of the classes, eight halvings, and a second scan with what was found.
/// Body: Value, none(), scan(value, image, class), join(value, other), write(value, image, class), end(value, image).
template <class Body>
struct BlockOfClasses {
    static constexpr int kThreads = 256;
    static constexpr int kHalvings = 8;
    using Value = typename Body::Value;

    struct Shared {
        Value values[kThreads];
    };
    struct Own {};

    Body of;
    Index classes;

    CONVOLAB_BODY Index phases() const { return kHalvings + 2; }
    CONVOLAB_BODY void operator()(Index phase, Index image, int thread, Shared& shared, Own&) const {
        if (phase == 0) {
            Value value = of.none();
            for (Index k = thread; k < classes; k += kThreads) of.scan(value, image, k);
            shared.values[thread] = value;
        } else if (phase <= kHalvings) {
            const int half = kThreads >> phase;
            if (thread < half) of.join(shared.values[thread], shared.values[thread + half]);
        } else {
            for (Index k = thread; k < classes; k += kThreads) of.write(shared.values[0], image, k);
            if (thread == 0) of.end(shared.values[0], image);
        }
    }
};

struct SoftmaxClasses {
    using Value = ScoreSum<float>;
    Softmax of;
    CONVOLAB_BODY Value none() const { return Value::none(); }
    CONVOLAB_BODY void scan(Value& value, Index n, Index k) const { value.add(of.x[n * of.classes + k]); }
    CONVOLAB_BODY void join(Value& value, const Value& other) const { value.join(other); }
    CONVOLAB_BODY void write(const Value& value, Index n, Index k) const {
        of.y[n * of.classes + k] = std::exp(of.x[n * of.classes + k] - value.largest) / value.sum;
    }
    CONVOLAB_BODY void end(const Value&, Index) const {}
};

struct LogSoftmaxClasses {
    using Value = ScoreSum<float>;
    LogSoftmax of;
    CONVOLAB_BODY Value none() const { return Value::none(); }
    CONVOLAB_BODY void scan(Value& value, Index n, Index k) const { value.add(of.x[n * of.classes + k]); }
    CONVOLAB_BODY void join(Value& value, const Value& other) const { value.join(other); }
    CONVOLAB_BODY void write(const Value& value, Index n, Index k) const {
        of.y[n * of.classes + k] = of.x[n * of.classes + k] - (value.largest + std::log(value.sum));
    }
    CONVOLAB_BODY void end(const Value&, Index) const {}
};

struct SoftmaxGradientClasses {
    using Value = float;  ///< Σ dy · y
    SoftmaxGradient of;
    CONVOLAB_BODY Value none() const { return 0.0F; }
    CONVOLAB_BODY void scan(Value& value, Index n, Index k) const { value += of.dy[n * of.classes + k] * of.y[n * of.classes + k]; }
    CONVOLAB_BODY void join(Value& value, const Value& other) const { value += other; }
    CONVOLAB_BODY void write(const Value& value, Index n, Index k) const {
        const Index i = n * of.classes + k;
        of.dx[i] = of.y[i] * (of.dy[i] - value);
    }
    CONVOLAB_BODY void end(const Value&, Index) const {}
};

struct LogSoftmaxGradientClasses {
    using Value = float;  ///< Σ dy
    LogSoftmaxGradient of;
    CONVOLAB_BODY Value none() const { return 0.0F; }
    CONVOLAB_BODY void scan(Value& value, Index n, Index k) const { value += of.dy[n * of.classes + k]; }
    CONVOLAB_BODY void join(Value& value, const Value& other) const { value += other; }
    CONVOLAB_BODY void write(const Value& value, Index n, Index k) const {
        const Index i = n * of.classes + k;
        of.dx[i] = of.dy[i] - std::exp(of.y[i]) * value;
    }
    CONVOLAB_BODY void end(const Value&, Index) const {}
};

/// In double as its oracle: the loss is the one number that everybody compares. A class has the share ε / C · w of the target; those
/// without weight add nothing, also where their probability is 0.
struct CrossEntropyClasses {
    struct Value {
        ScoreSum<double> scores;
        double shares, weighted;  ///< Σ share and Σ share · score over the classes with a share
        float best;
        Index place;              ///< of the largest score, the first of equals
    };
    CrossEntropy of;

    CONVOLAB_BODY double share(Index k) const { return of.smoothing / static_cast<double>(of.classes) * of.weight(k); }
    CONVOLAB_BODY Value none() const { return {ScoreSum<double>::none(), 0.0, 0.0, -INFINITY, of.classes}; }
    CONVOLAB_BODY void scan(Value& value, Index n, Index k) const {
        const float score = of.values[n * of.classes + k];
        value.scores.add(static_cast<double>(score));
        const double part = share(k);
        value.shares += part;
        if (part > 0.0) value.weighted += part * static_cast<double>(score);
        // Nothing is larger than NaN in the first place: so the oracle has it.
        prefer(value, k == 0 && std::isnan(score) ? INFINITY : score, k);
    }
    CONVOLAB_BODY static void prefer(Value& value, float score, Index place) {
        if (score > value.best || (score == value.best && place < value.place)) {
            value.best = score;
            value.place = place;
        }
    }
    CONVOLAB_BODY void join(Value& value, const Value& other) const {
        value.scores.join(other.scores);
        value.shares += other.shares;
        value.weighted += other.weighted;
        prefer(value, other.best, other.place);
    }
    CONVOLAB_BODY double own(Index label) const { return (1.0 - of.smoothing) * of.weight(label); }
    CONVOLAB_BODY void write(const Value& value, Index n, Index k) const {
        if (of.gradient == nullptr) return;
        const Index i = n * of.classes + k, label = of.labels[n];
        const double probability = std::exp(static_cast<double>(of.values[i]) - value.scores.largest) / value.scores.sum;
        const double mass = own(label) + value.shares;
        of.gradient[i] = static_cast<float>(of.total->scale * (mass * probability - share(k) - (k == label ? own(label) : 0.0)));
    }
    CONVOLAB_BODY void end(const Value& value, Index n) const {
        const Index label = of.labels[n];
        const double logSum = value.scores.largest + std::log(value.scores.sum);
        double loss = own(label) * (logSum - static_cast<double>(of.values[n * of.classes + label]));
        if (value.shares > 0.0) loss += value.shares * logSum - value.weighted;
        of.losses[n] = {loss, value.place == label ? 1 : 0};
    }
};

}  // namespace convolab::gpu
