#include <algorithm>
#include <array>
#include <cmath>

#include "core/compress/coding/coders/index_width.h"
#include "core/compress/coding/huffman.h"
#include "core/compress/coding/packed_frame.h"
#include "core/compress/coding/relative_index.h"
#include "core/graph/analysis.h"

namespace convolab {

namespace {

constexpr std::size_t kBins = 512;          // for each sign
constexpr std::size_t kFewWeights = 2048;   // up to so many, the weights themselves
constexpr std::size_t kSample = 65'536;        // weights in a histogram, about
constexpr int kMostIterations = 30;
constexpr std::int64_t kSmallTables = 24;  // bits: the number of kept weights and the width of the indices, about

std::int64_t wholeBytes(std::int64_t bits) { return (bits + 7) / 8; }

std::vector<std::int64_t> countsAfter(ScalarKMeans clusters) {
    clusters.run(kMostIterations);
    return clusters.counts();
}

/// The kept weights without their gaps; of many, evenly spaced ones.
std::vector<float> gathered(std::span<const float> weights, std::span<const std::uint8_t> keep, std::size_t stride) {
    std::vector<float> kept(weights.size() / stride + 2);
    std::size_t count = 0;
    for (std::size_t i = 0; i < weights.size(); i += stride) {
        kept[count] = weights[i];
        count += keep[i] != 0 && std::isfinite(weights[i]) ? 1 : 0;
    }
    kept.resize(count);
    return kept;
}

/// A histogram. Pruning leaves a hole around 0: each sign has bins of its own.
struct Bins {
    float low[2] = {INFINITY, INFINITY};  // of |w|: negative, positive
    float perUnit[2] = {0.0F, 0.0F};
    std::array<std::int64_t, 2 * kBins> counts{};

    explicit Bins(const std::vector<float>& weights) {
        float high[2] = {0.0F, 0.0F};
        for (const float weight : weights) {
            const int side = weight < 0.0F ? 0 : 1;
            low[side] = std::min(low[side], std::abs(weight));
            high[side] = std::max(high[side], std::abs(weight));
        }
        for (const int side : {0, 1}) {
            if (high[side] > low[side]) perUnit[side] = static_cast<float>(kBins) * 0.9999F / (high[side] - low[side]);
        }
        for (const float weight : weights) {
            const int side = weight < 0.0F ? 0 : 1;
            const auto bin = static_cast<std::size_t>((std::abs(weight) - low[side]) * perUnit[side]);
            ++counts[side == 0 ? kBins - 1 - bin : kBins + bin];
        }
    }

    float centre(std::size_t index) const {
        const int side = index < kBins ? 0 : 1;
        const auto bin = static_cast<float>(side == 0 ? kBins - 1 - index : index - kBins);
        const float size = low[side] + (perUnit[side] > 0.0F ? (bin + 0.5F) / perUnit[side] : 0.0F);
        return side == 0 ? -size : size;
    }
};

/// How often each centroid will be used: k-means over a histogram of the kept weights, of few weights over themselves.
std::vector<std::int64_t> codeCounts(std::span<const float> weights, std::span<const std::uint8_t> keep, std::int64_t all,
                                     int bits) {
    std::vector<float> kept = gathered(weights, keep, static_cast<std::size_t>(all) / kSample + 1);
    if (kept.size() <= kFewWeights) return countsAfter(ScalarKMeans(std::move(kept), 1 << bits));
    const Bins bins(kept);
    std::vector<float> centres;
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < bins.counts.size(); ++i) {
        if (bins.counts[i] == 0) continue;
        centres.push_back(bins.centre(i));
        counts.push_back(bins.counts[i]);
    }
    std::vector<std::int64_t> found = countsAfter(ScalarKMeans(std::move(centres), counts, 1 << bits));
    for (std::int64_t& count : found) count = count * all / static_cast<std::int64_t>(kept.size());
    return found;
}

/// A uniform grid: integers of so many bits, all of them or the kept ones with their indices, and a scale for each grid.
std::int64_t gridBytes(std::int64_t weights, std::int64_t kept, std::int64_t indices, int bits, std::int64_t grids) {
    return std::min(wholeBytes(weights * bits), wholeBytes(kSmallTables + indices + kept * bits)) + 4 * grids;
}

LayerBytes estimate(const ParameterEntry& entry, std::span<const float> weights, std::span<const std::uint8_t> keep,
                    const LayerCompression& plan, bool perChannel) {
    const Gaps gaps(keep);
    LayerBytes layer{entry.node, entry.nodeName, static_cast<std::int64_t>(weights.size()), gaps.kept(), kFloatBits, {}, {}};
    const std::int64_t fixed = gaps.everyWeight() ? 0 : packedIndexBits(gaps, packedIndexWidth(gaps));
    std::int64_t best = 4 * layer.weights;
    const auto add = [&](std::int64_t bytes) {
        best = std::min(best, bytes);
        layer.stages.push_back(framedBytes(static_cast<std::size_t>(best)));
    };
    add(best);
    add(wholeBytes(kSmallTables + fixed) + 4 * layer.kept);
    layer.bits = plan.bits;
    if (plan.bits == kFloatBits || plan.levels != WeightLevels::KMeans) {
        const std::int64_t grids = perChannel ? entry.spec.shape[0] : 1;
        const bool onGrid = plan.bits < kFloatBits;
        for (int stage = 0; stage < 2; ++stage) add(onGrid ? gridBytes(layer.weights, layer.kept, fixed, plan.bits, grids) : best);
        return layer;
    }
    const std::vector<std::int64_t> counts = codeCounts(weights, keep, layer.kept, plan.bits);
    layer.spent.codebook = 32 * static_cast<std::int64_t>(counts.size());
    layer.spent.tables = 2 * kSmallTables;
    add(wholeBytes(layer.spent.codebook + layer.spent.tables + fixed + layer.kept * plan.bits));
    layer.spent.indexBits = gaps.everyWeight() ? 0 : huffmanIndexWidth(gaps);
    if (layer.spent.indexBits > 0) layer.spent.indices = huffmanBits(gaps.symbolCounts(layer.spent.indexBits));
    layer.spent.values = huffmanBits(counts);
    add(wholeBytes(layer.spent.codebook + layer.spent.tables + layer.spent.indices + layer.spent.values));
    return layer;
}

}  // namespace

Result<PackedSize> estimatedSize(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                 const Masks* masks) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analysis)));
    PackedSize size;
    size.headerBytes = packedHeaderBytes(spec, weights.step);
    for (const ParameterEntry& entry : weights.layout->entries) {
        const std::span<const float> values = weights.values(entry);
        if (entry.spec.role != ParameterRole::Weight) {
            size.otherBytes += framedBytes(4 * values.size());
            continue;
        }
        const std::vector<std::uint8_t> nonZero = masks == nullptr ? keptOf(values) : std::vector<std::uint8_t>{};
        const std::span<const std::uint8_t> keep =
            masks == nullptr ? std::span(nonZero) : std::span(masks->keep).subspan(entry.offset, values.size());
        size.layers.push_back(estimate(entry, values, keep, plan.of(entry.node), plan.quantization.perChannel));
    }
    addUp(size, *weights.layout);
    return size;
}

}  // namespace convolab
