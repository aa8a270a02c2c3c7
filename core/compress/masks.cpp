#include "core/compress/masks.h"

#include <algorithm>
#include <numeric>

#include "core/compress/criterion.h"
#include "core/compress/weight_groups.h"
#include "core/inspect/elementwise.h"
#include "core/util/check.h"

namespace convolab {

namespace {

/// Indices of the `count` lowest scores; of equal ones the first.
std::vector<std::int64_t> lowest(const std::vector<double>& scores, std::int64_t count) {
    std::vector<std::int64_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const auto before = [&](std::int64_t a, std::int64_t b) {
        const double x = scores[static_cast<std::size_t>(a)];
        const double y = scores[static_cast<std::size_t>(b)];
        return x < y || (x == y && a < b);
    };
    if (count < static_cast<std::int64_t>(order.size())) {
        std::nth_element(order.begin(), order.begin() + count, order.end(), before);
        order.resize(static_cast<std::size_t>(count));
    }
    return order;
}

void drop(Masks& masks, const ParameterEntry& entry, std::int64_t first, std::int64_t count) {
    std::fill_n(masks.keep.begin() + static_cast<std::ptrdiff_t>(entry.offset) + first, count, std::uint8_t{0});
}

/// The bias of a filter and scale and shift of the batch norm behind it; a prelu's slope for all filters stays.
void dropWithFilter(Masks& masks, const NetworkSpec& spec, NodeId layer, const std::vector<std::int64_t>& filters) {
    const std::int64_t count = weightEntry(*masks.layout, layer)->spec.shape[0];
    const auto dropAll = [&](NodeId node, const char* name) {
        const ParameterEntry* entry = masks.layout->find(node, name);
        if (entry == nullptr || !entry->spec.trainable || entry->spec.shape.size() != count) return;
        for (const std::int64_t filter : filters) drop(masks, *entry, filter, 1);
    };
    dropAll(layer, "bias");
    for (const NodeId behind : elementwiseBehind(spec, layer)) {
        dropAll(behind, "weight");
        dropAll(behind, "bias");
    }
}

class MaskConstraint final : public WeightConstraint {
  public:
    explicit MaskConstraint(MasksPtr masks) : m_masks(std::move(masks)) {}

    void adaptGradients(std::span<float> gradients) const override { clear(gradients); }
    void project(std::span<float> parameters) const override { clear(parameters); }

  private:
    void clear(std::span<float> values) const {
        const auto& keep = m_masks->keep;
        CONVOLAB_CHECK(values.size() == keep.size(), "masks of another network");
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = keep[i] != 0 ? values[i] : 0.0F;
    }

    MasksPtr m_masks;
};

bool zeroAt(const WeightSet& weights, const ParameterEntry& entry, std::int64_t first, std::int64_t count) {
    const auto values = weights.values(entry).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    return std::ranges::all_of(values, [](float value) { return value == 0.0F; });
}

/// Where all weights of filter k (the scale of channel k) are 0 and its bias (shift) is, that one is pruned, too.
void dropZeroCompanion(Masks& masks, const WeightSet& weights, const ParameterEntry& main, const ParameterEntry& companion) {
    const std::int64_t each = main.spec.shape.size() / main.spec.shape[0];
    for (std::int64_t k = 0; k < main.spec.shape[0]; ++k) {
        if (!zeroAt(weights, main, k * each, each) || !zeroAt(weights, companion, k, 1)) continue;
        drop(masks, main, k * each, each);
        drop(masks, companion, k, 1);
    }
}

}  // namespace

Masks::Count Masks::count(NodeId layer) const {
    const ParameterEntry* entry = weightEntry(*layout, layer);
    if (entry == nullptr) return {};
    const auto first = keep.begin() + static_cast<std::ptrdiff_t>(entry->offset);
    const std::int64_t total = entry->spec.shape.size();
    return {.kept = total - std::count(first, first + total, std::uint8_t{0}), .total = total};
}

Masks::Count Masks::count() const {
    Count sum;
    for (const ParameterEntry& entry : layout->entries) {
        if (entry.spec.role != ParameterRole::Weight) continue;
        const Count layer = count(entry.node);
        sum.kept += layer.kept;
        sum.total += layer.total;
    }
    return sum;
}

Result<Masks> makeMasks(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, spec));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analyze(spec))));
    CONVOLAB_ASSIGN(const PruningCriterion* criterion, requirePruningCriterion(plan.criterion));
    Masks masks{weights.layout, std::vector<std::uint8_t>(weights.layout->parameterCount, std::uint8_t{1})};
    for (const auto& [layer, planned] : plan.layers) {
        const ParameterEntry& entry = *weightEntry(*weights.layout, layer);
        const GroupedWeights grouped = groupedWeights(weights, entry, planned.granularity, plan.seed);
        const std::int64_t count = prunedGroups(planned.sparsity, grouped.groups());
        if (count == 0) continue;
        const std::vector<std::int64_t> pruned = lowest(scoresOf(*criterion, grouped), count);
        for (const std::int64_t group : pruned) drop(masks, entry, group * grouped.groupSize, grouped.groupSize);
        if (planned.granularity == Granularity::Filter) dropWithFilter(masks, spec, layer, pruned);
    }
    return masks;
}

Masks masksOfZeros(const WeightSet& weights) {
    Masks masks{weights.layout, std::vector<std::uint8_t>(weights.layout->parameterCount, std::uint8_t{1})};
    for (const ParameterEntry& entry : weights.layout->entries) {
        const auto role = entry.spec.role;
        if (role == ParameterRole::Weight) {
            const auto values = weights.values(entry);
            for (std::size_t i = 0; i < values.size(); ++i) masks.keep[entry.offset + i] = values[i] != 0.0F;
        }
        if (role != ParameterRole::Weight && role != ParameterRole::Scale) continue;
        const ParameterEntry* bias = weights.layout->find(entry.node, "bias");
        if (bias != nullptr && bias->spec.shape.size() == entry.spec.shape[0]) dropZeroCompanion(masks, weights, entry, *bias);
    }
    return masks;
}

WeightSet masked(const WeightSet& weights, const Masks& masks) {
    CONVOLAB_CHECK(masks.keep.size() == weights.parameters.size(), "masks of another network");
    WeightSet result = weights;
    for (std::size_t i = 0; i < masks.keep.size(); ++i) {
        if (masks.keep[i] == 0) result.parameters[i] = 0.0F;
    }
    return result;
}

std::shared_ptr<const WeightConstraint> maskConstraint(MasksPtr masks) {
    return std::make_shared<const MaskConstraint>(std::move(masks));
}

std::int64_t nonZeroMacs(const NetworkSpec& spec, const Masks& masks) {
    const Analysis analysis = analyze(spec);
    std::int64_t macs = 0;
    for (const NodeId id : analysis.order) {
        const Masks::Count count = masks.count(id);
        // Each weight is used equally often: once per output position, of a dense layer once.
        if (count.total > 0) macs += analysis.find(id)->cost.macs / count.total * count.kept;
    }
    return macs;
}

}  // namespace convolab
