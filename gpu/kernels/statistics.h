#pragma once

#include "core/backend/gpu_inspection.h"
#include "gpu/kernels/sums.h"

/// What is said of many values in a few numbers. Values are shared out in parts that lie one behind the other, a block each; then one
/// thread puts the parts together, in their order.
namespace convolab::gpu {

CONVOLAB_BODY inline void addTo(ConvolabGpuSummary& sum, float value) {
    if (!(value - value == 0.0F)) return;
    sum.lowest = sum.finite == 0 || value < sum.lowest ? value : sum.lowest;
    sum.highest = sum.finite == 0 || value > sum.highest ? value : sum.highest;
    sum.sum += static_cast<double>(value);
    sum.square += static_cast<double>(value) * static_cast<double>(value);
    sum.zeros += value == 0.0F ? 1 : 0;
    ++sum.finite;
}

CONVOLAB_BODY inline void joinTo(ConvolabGpuSummary& sum, const ConvolabGpuSummary& other) {
    if (other.finite == 0) return;
    sum.lowest = sum.finite == 0 || other.lowest < sum.lowest ? other.lowest : sum.lowest;
    sum.highest = sum.finite == 0 || other.highest > sum.highest ? other.highest : sum.highest;
    sum.sum += other.sum;
    sum.square += other.square;
    sum.zeros += other.zeros;
    sum.finite += other.finite;
}

/// `count` values in parts of `each`.
struct Parts {
    Index count, each;
    CONVOLAB_BODY Index number() const { return (count + each - 1) / each; }
    CONVOLAB_BODY Index sizeOf(Index part) const { return count - part * each < each ? count - part * each : each; }
};

/// One thread per part.
struct Summarise {
    const float* x;
    Parts parts;
    ConvolabGpuSummary* results;
    CONVOLAB_BODY void operator()(Index part) const {
        ConvolabGpuSummary sum{};
        for (Index k = 0; k < parts.sizeOf(part); ++k) addTo(sum, x[part * parts.each + k]);
        results[part] = sum;
    }
};

struct SummaryTerms {
    using Value = ConvolabGpuSummary;
    Summarise of;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { joinTo(value, other); }
    CONVOLAB_BODY Index count(Index part) const { return of.parts.sizeOf(part); }
    CONVOLAB_BODY void add(Value& value, Index part, Index k) const { addTo(value, of.x[part * of.parts.each + k]); }
    CONVOLAB_BODY void finish(Index part, const Value& value) const { of.results[part] = value; }
};

/// One thread.
struct JoinSummaries {
    const ConvolabGpuSummary* parts;
    Index number;
    ConvolabGpuSummary* result;
    CONVOLAB_BODY void operator()(Index) const {
        ConvolabGpuSummary sum{};
        for (Index part = 0; part < number; ++part) joinTo(sum, parts[part]);
        *result = sum;
    }
};

/// Where a value lies among ascending edges: edges[k] ≤ x < edges[k + 1], the last edge included; −1 outside.
struct Bins {
    const float* edges;
    Index bins;
    CONVOLAB_BODY std::int32_t of(float x) const {
        if (!(x >= edges[0] && x <= edges[bins])) return -1;
        Index low = 0, high = bins;  // edges[low] ≤ x
        while (high - low > 1) {
            const Index middle = low + (high - low) / 2;
            if (edges[middle] <= x) low = middle;
            else high = middle;
        }
        return static_cast<std::int32_t>(low);
    }
};

/// Counts of kThreads bins in each part; one thread per part and bin.
struct Histogram {
    static constexpr int kRoom = 256;  ///< bins of a part; as many as a block has threads
    const float* x;
    Parts parts;
    Bins bins;
    std::int64_t* counts;  ///< (parts, kRoom)
    CONVOLAB_BODY void operator()(Index i) const {
        const Index part = i / kRoom, bin = i % kRoom;
        std::int64_t count = 0;
        for (Index k = 0; k < parts.sizeOf(part); ++k) count += bins.of(x[part * parts.each + k]) == bin ? 1 : 0;
        counts[i] = count;
    }
};

/// A block per part: 256 values at a time find their bins, then each thread counts those of its own bin. Nothing is added atomically.
struct HistogramByBlocks {
    static constexpr int kThreads = Histogram::kRoom;
    struct Shared {
        std::int32_t bins[kThreads];
    };
    struct Own {
        std::int64_t count;
    };
    Histogram of;

    CONVOLAB_BODY Index phases() const { return (of.parts.each + kThreads - 1) / kThreads * 2 + 1; }
    CONVOLAB_BODY void operator()(Index phase, Index part, int thread, Shared& shared, Own& own) const {
        if (phase == phases() - 1) {
            of.counts[part * kThreads + thread] = own.count;
        } else if (phase % 2 == 0) {
            const Index k = phase / 2 * kThreads + thread;
            shared.bins[thread] = k < of.parts.sizeOf(part) ? of.bins.of(of.x[part * of.parts.each + k]) : -1;
        } else {
            for (int k = 0; k < kThreads; ++k) own.count += shared.bins[k] == thread ? 1 : 0;
        }
    }
};

/// One thread per bin.
struct JoinCounts {
    const std::int64_t* parts;
    Index number;
    std::int64_t* counts;
    CONVOLAB_BODY void operator()(Index bin) const {
        std::int64_t count = 0;
        for (Index part = 0; part < number; ++part) count += parts[part * Histogram::kRoom + bin];
        counts[bin] = count;
    }
};

/// Maps (n, channels, plane): 1 where a channel has a value that is not 0. One thread per channel, from channel `first` on.
struct ActiveChannels {
    const float* x;
    Index n, channels, plane, first;
    std::int32_t* active;
    CONVOLAB_BODY bool isOn(Index c, Index k) const { return x[(k / plane * channels + first + c) * plane + k % plane] != 0.0F; }
    CONVOLAB_BODY void operator()(Index c) const {
        active[c] = 0;
        for (Index k = 0; k < n * plane; ++k) {
            if (isOn(c, k)) active[c] = 1;
        }
    }
};

struct ActiveChannelTerms {
    using Value = std::int32_t;
    ActiveChannels of;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { value |= other; }
    CONVOLAB_BODY Index count(Index) const { return of.n * of.plane; }
    CONVOLAB_BODY void add(Value& value, Index c, Index k) const { value |= of.isOn(c, k) ? 1 : 0; }
    CONVOLAB_BODY void finish(Index c, const Value& value) const { of.active[c] = value; }
};

}  // namespace convolab::gpu
