#include "core/compress/sparsity.h"

#include <algorithm>
#include <cmath>

#include "core/compress/weight_groups.h"
#include "core/util/text.h"

namespace convolab {

namespace {

struct Candidate {
    double score = 0.0;
    std::size_t layer = 0;   // in the list of prunable layers
    std::int64_t index = 0;
};

bool before(const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score < b.score;
    return a.layer != b.layer ? a.layer < b.layer : a.index < b.index;
}

Status checkShare(double share) {
    if (share >= 0.0 && share < 1.0) return {};
    const bool everything = share == 1.0;
    return Error{ErrorCode::InvalidArgument,
                 everything ? "a sparsity of 1 would prune everything" : "the sparsity is " + formatNumber(share), {},
                 "give a share from 0 to below 1, such as 0.5"};
}

Result<std::vector<NodeId>> requirePrunable(const NetworkSpec& spec, Granularity granularity) {
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analyze(spec)));
    std::vector<NodeId> layers = prunableLayers(spec, granularity);
    if (!layers.empty()) return layers;
    return Error{ErrorCode::Unsupported, "no layer of the network can lose " + std::string(granularityName(granularity)) + "s",
                 {}, granularity == Granularity::Filter ? "its only weights give the classes: prune single weights" : ""};
}

void normalize(std::vector<double>& scores) {
    double squares = 0.0;
    for (const double score : scores) squares += std::isfinite(score) ? score * score : 0.0;
    const double scale = std::sqrt(squares / static_cast<double>(scores.size()));
    if (scale <= 0.0) return;
    for (double& score : scores) score /= scale;
}

}  // namespace

Result<CompressionPlan> uniformPlan(const NetworkSpec& spec, const std::string& criterion, Granularity granularity,
                                    double share, std::uint64_t seed) {
    CONVOLAB_RETURN_IF_ERROR(checkShare(share));
    CONVOLAB_ASSIGN(const std::vector<NodeId> layers, requirePrunable(spec, granularity));
    const ParameterLayout layout = makeParameterLayout(spec, analyze(spec));
    CompressionPlan plan;
    plan.criterion = criterion;
    plan.seed = seed;
    for (const NodeId id : layers) {
        const std::int64_t groups = groupCount(weightEntry(layout, id)->spec.shape, granularity);
        const bool all = prunedGroups(share, groups) == groups;
        const double sparsity = all ? static_cast<double>(groups - 1) / static_cast<double>(groups) : share;
        plan.layers[id] = {.sparsity = sparsity, .granularity = granularity};
    }
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, spec));
    return plan;
}

Result<CompressionPlan> planForGlobalSparsity(const NetworkSpec& spec, const WeightSet& weights, const std::string& criterion,
                                              Granularity granularity, double share, std::uint64_t seed) {
    CONVOLAB_RETURN_IF_ERROR(checkShare(share));
    CONVOLAB_ASSIGN(const PruningCriterion* rule, requirePruningCriterion(criterion));
    CONVOLAB_ASSIGN(const std::vector<NodeId> layers, requirePrunable(spec, granularity));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analyze(spec))));
    std::vector<Candidate> candidates;
    std::vector<std::int64_t> groups;
    std::int64_t total = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const ParameterEntry& entry = *weightEntry(*weights.layout, layers[l]);
        std::vector<double> scores = scoresOf(*rule, groupedWeights(weights, entry, granularity, seed));
        if (granularity != Granularity::Weight) normalize(scores);
        groups.push_back(static_cast<std::int64_t>(scores.size()));
        total += groups.back();
        // Of equal highest scores the last stays: ties go by index.
        const auto stays = std::prev(std::max_element(scores.rbegin(), scores.rend()).base()) - scores.begin();
        for (std::int64_t i = 0; i < groups.back(); ++i) {
            if (i != stays) candidates.push_back({scores[static_cast<std::size_t>(i)], l, i});
        }
    }
    const std::int64_t wanted = std::min(prunedGroups(share, total), static_cast<std::int64_t>(candidates.size()));
    std::nth_element(candidates.begin(), candidates.begin() + wanted, candidates.end(), before);
    std::vector<std::int64_t> pruned(layers.size(), 0);
    for (std::int64_t i = 0; i < wanted; ++i) ++pruned[candidates[static_cast<std::size_t>(i)].layer];
    CompressionPlan plan;
    plan.criterion = criterion;
    plan.seed = seed;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        plan.layers[layers[l]] = {.sparsity = static_cast<double>(pruned[l]) / static_cast<double>(groups[l]),
                                  .granularity = granularity};
    }
    return plan;
}

MagnitudeCurve::MagnitudeCurve(std::span<const float> weights) {
    m_sorted.reserve(weights.size());
    for (const float weight : weights) {
        if (std::isfinite(weight)) m_sorted.push_back(std::abs(weight));
    }
    std::ranges::sort(m_sorted);
}

double MagnitudeCurve::sparsityAt(double threshold) const {
    if (m_sorted.empty()) return 0.0;
    const auto end = std::ranges::lower_bound(m_sorted, threshold, {}, [](float value) { return static_cast<double>(value); });
    return static_cast<double>(end - m_sorted.begin()) / static_cast<double>(m_sorted.size());
}

double MagnitudeCurve::thresholdAt(double sparsity) const {
    const std::int64_t pruned = std::clamp(prunedGroups(sparsity, count()), std::int64_t{0}, count());
    if (pruned == 0) return 0.0;
    const double below = m_sorted[static_cast<std::size_t>(pruned - 1)];
    if (pruned == count()) return std::nextafter(below, HUGE_VAL);
    const double above = m_sorted[static_cast<std::size_t>(pruned)];
    return below < above ? std::max((below + above) / 2.0, std::nextafter(below, HUGE_VAL)) : below;
}

std::span<const std::uint8_t> layerMask(const Masks& masks, NodeId layer) {
    const ParameterEntry* entry = weightEntry(*masks.layout, layer);
    if (entry == nullptr) return {};
    return std::span(masks.keep).subspan(entry->offset, static_cast<std::size_t>(entry->spec.shape.size()));
}

std::vector<double> keptShares(const Masks& masks, NodeId layer) {
    const std::span<const std::uint8_t> mask = layerMask(masks, layer);
    if (mask.empty()) return {};
    const auto filters = static_cast<std::size_t>(weightEntry(*masks.layout, layer)->spec.shape[0]);
    const std::size_t each = mask.size() / filters;
    std::vector<double> shares(filters);
    for (std::size_t f = 0; f < filters; ++f) {
        const auto filter = mask.subspan(f * each, each);
        const auto pruned = std::ranges::count(filter, std::uint8_t{0});
        shares[f] = 1.0 - static_cast<double>(pruned) / static_cast<double>(each);
    }
    return shares;
}

}  // namespace convolab
