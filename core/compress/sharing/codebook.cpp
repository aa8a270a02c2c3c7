#include "core/compress/sharing/codebook.h"

#include <algorithm>
#include <cmath>

#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

const ParameterEntry& weightEntry(const ParameterLayout& layout, NodeId layer) {
    const ParameterEntry* entry = layout.find(layer, "weight");
    CONVOLAB_CHECK(entry != nullptr, "a codebook for a layer without weights");
    return *entry;
}

Status requireSound(std::span<const float> weights, int bits) {
    if (bits < 1 || bits > kMostCodebookBits) {
        return Error{ErrorCode::InvalidArgument, "a codebook of " + withThousands(bits) + " bits", {},
                     "choose 1 to " + std::to_string(kMostCodebookBits) + " bits"};
    }
    if (std::ranges::all_of(weights, [](float value) { return std::isfinite(value); })) return {};
    return Error{ErrorCode::InvalidArgument, "some weights are infinite or NaN", {},
                 "train the network again, or restore an earlier checkpoint"};
}

/// Centroids as float32, without those that nobody belongs to.
std::vector<float> usedCentroids(const ScalarKMeans& clusters) {
    std::vector<float> used;
    const std::vector<std::int64_t> counts = clusters.counts();
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (counts[k] > 0) used.push_back(static_cast<float>(clusters.centroids()[k]));
    }
    return used;
}

}  // namespace

std::vector<std::int64_t> Codebook::counts() const {
    std::vector<std::int64_t> counts(centroids.size(), 0);
    for (const std::int16_t code : codes) {
        if (code != kPrunedCode) ++counts[static_cast<std::size_t>(code)];
    }
    return counts;
}

std::int64_t Codebook::kept() const {
    return std::ranges::count_if(codes, [](std::int16_t code) { return code != kPrunedCode; });
}

Result<Codebook> makeCodebook(std::span<const float> weights, std::span<const std::uint8_t> keep, int bits,
                              CodebookStart start, std::uint64_t seed) {
    CONVOLAB_CHECK(keep.empty() || keep.size() == weights.size(), "a mask of another size");
    CONVOLAB_RETURN_IF_ERROR(requireSound(weights, bits));
    const auto kept = [&](std::size_t i) { return keep.empty() ? weights[i] != 0.0F : keep[i] != 0; };
    std::vector<float> values;
    values.reserve(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (kept(i)) values.push_back(weights[i]);
    }
    ScalarKMeans clusters(std::move(values), 1 << bits, start, seed);
    clusters.run();

    Codebook codebook;
    codebook.bits = bits;
    codebook.centroids = usedCentroids(clusters);
    const std::vector<double> middles =
        middlesOf(std::vector<double>(codebook.centroids.begin(), codebook.centroids.end()));
    codebook.codes.assign(weights.size(), kPrunedCode);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (kept(i)) codebook.codes[i] = static_cast<std::int16_t>(nearestCentroid(middles, weights[i]));
    }
    return codebook;
}

Result<Codebooks> makeCodebooks(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                const Masks* masks, CodebookStart start) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, spec));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analyze(spec))));
    Codebooks codebooks;
    for (const auto& [layer, how] : plan.layers) {
        if (how.bits == kFloatBits || how.levels != WeightLevels::KMeans) continue;
        const ParameterEntry& entry = weightEntry(*weights.layout, layer);
        const std::span<const float> values = weights.values(entry);
        std::span<const std::uint8_t> keep;
        if (masks != nullptr) keep = std::span(masks->keep).subspan(entry.offset, values.size());
        auto codebook = makeCodebook(values, keep, how.bits, start, plan.seed);
        if (!codebook.ok()) {
            Error error = codebook.error();
            error.node = spec.node(layer)->name;
            return error;
        }
        codebooks.emplace(layer, std::move(codebook).value());
    }
    return codebooks;
}

WeightSet shared(WeightSet weights, const Codebooks& codebooks) {
    for (const auto& [layer, codebook] : codebooks) {
        const ParameterEntry& entry = weightEntry(*weights.layout, layer);
        CONVOLAB_CHECK(codebook.codes.size() == static_cast<std::size_t>(entry.spec.shape.size()), entry.nodeName);
        for (std::size_t i = 0; i < codebook.codes.size(); ++i) weights.parameters[entry.offset + i] = codebook.value(i);
    }
    return weights;
}

Status requireShared(const WeightSet& weights, const Codebooks& codebooks) {
    for (const auto& [layer, codebook] : codebooks) {
        const ParameterEntry* entry = weights.layout == nullptr ? nullptr : weights.layout->find(layer, "weight");
        const std::span<const float> values = entry == nullptr ? std::span<const float>{} : weights.values(*entry);
        bool same = values.size() == codebook.codes.size();
        for (std::size_t i = 0; same && i < values.size(); ++i) same = codebook.value(i) == values[i];
        if (same) continue;
        return Error{ErrorCode::InvalidArgument, "the weights are not those of its codebook",
                     entry == nullptr ? std::string{} : entry->nodeName, "share the weights again"};
    }
    return {};
}

Codebooks withTrainedCentroids(Codebooks codebooks, const WeightSet& weights) {
    for (auto& [layer, codebook] : codebooks) {
        const std::span<const float> values = weights.values(weightEntry(*weights.layout, layer));
        for (std::size_t i = 0; i < codebook.codes.size(); ++i) {
            if (codebook.codes[i] != kPrunedCode) codebook.centroids[static_cast<std::size_t>(codebook.codes[i])] = values[i];
        }
    }
    return codebooks;
}

}  // namespace convolab
