#include "core/compress/plan.h"

#include <algorithm>
#include <cmath>

#include "core/compress/criterion.h"
#include "core/compress/weight_groups.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr const char* kGranularities[] = {"weight", "kernel", "filter"};
constexpr const char* kLevels[] = {"uniform", "kmeans"};
constexpr int kFewestBits = 2;
constexpr int kMostBits = 8;

template <class Value, std::size_t n>
Result<Value> fromName(const char* const (&names)[n], const std::string& what, std::string_view name) {
    for (std::size_t i = 0; i < n; ++i) {
        if (name == names[i]) return static_cast<Value>(i);
    }
    return unknownWord(what, name, {std::begin(names), std::end(names)});
}

Error invalid(std::string message, std::string node, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), std::move(node), std::move(hint)};
}

bool knownBits(int bits) { return bits == kFloatBits || (bits >= kFewestBits && bits <= kMostBits); }

Status checkBits(const std::string& what, const std::string& node, int bits) {
    if (knownBits(bits)) return {};
    return invalid(what + " is " + std::to_string(bits) + " bits", node, "choose 2 to 8, or 32 for float32");
}

Status checkSparsity(const NetworkSpec& spec, const ParameterLayout& layout, const Node& node, const LayerCompression& layer) {
    if (!(layer.sparsity >= 0.0 && layer.sparsity <= 1.0)) {
        return invalid("its sparsity is " + formatNumber(layer.sparsity), node.name, "give a share from 0 to 1, such as 0.5");
    }
    const std::int64_t groups = groupCount(weightEntry(layout, node.id)->spec.shape, layer.granularity);
    const std::int64_t pruned = prunedGroups(layer.sparsity, groups);
    const std::string word = groupWord(spec, node.id, layer.granularity);
    if (pruned > 0 && layer.granularity == Granularity::Filter && givesTheClasses(spec, node.id)) {
        return invalid("its " + word + " are the network's outputs, one per class, and all of them stay", node.name,
                       "prune its single weights instead, or leave the layer out");
    }
    if (pruned > 0 && layer.granularity == Granularity::Filter && !hasFilters(node)) {
        return invalid("its weights do not lie in filters, one per output map", node.name,
                       "prune its single weights or kernels instead, or leave the layer out");
    }
    if (pruned < groups) return {};
    return invalid("a sparsity of " + formatNumber(layer.sparsity) + " would prune all of its " + withThousands(groups) +
                       " " + word + ", and nothing would pass any more",
                   node.name, groups > 1 ? "keep at least one of them" : "leave the layer out");
}

Error unknownLayer(const NetworkSpec& spec, NodeId id) {
    std::vector<std::string> names;
    for (const NodeId layer : compressibleLayers(spec)) names.push_back(spec.node(layer)->name);
    return {ErrorCode::NotFound, "the plan names layer number " + std::to_string(id.value) + ", which the network does not have",
            {}, "it can name " + join(names, ", ")};
}

Status checkLayers(const CompressionPlan& plan, const NetworkSpec& spec, const ParameterLayout& layout) {
    for (const auto& [id, layer] : plan.layers) {
        const Node* node = spec.node(id);
        if (node == nullptr) return unknownLayer(spec, id);
        if (weightEntry(layout, id) == nullptr) {
            return invalid("has no weight tensor that could be compressed", node->name,
                           "name convolutions and dense layers that lead to the output");
        }
        CONVOLAB_RETURN_IF_ERROR(checkSparsity(spec, layout, *node, layer));
        CONVOLAB_RETURN_IF_ERROR(checkBits("a weight", node->name, layer.bits));
    }
    return {};
}

}  // namespace

const char* granularityName(Granularity granularity) { return kGranularities[static_cast<std::size_t>(granularity)]; }

Result<Granularity> granularityFromName(std::string_view name) {
    return fromName<Granularity>(kGranularities, "granularity", name);
}

const char* weightLevelsName(WeightLevels levels) { return kLevels[static_cast<std::size_t>(levels)]; }

Result<WeightLevels> weightLevelsFromName(std::string_view name) {
    return fromName<WeightLevels>(kLevels, "kind of levels", name);
}

const LayerCompression& CompressionPlan::of(NodeId layer) const {
    static const LayerCompression kAsItIs;
    const auto found = layers.find(layer);
    return found == layers.end() ? kAsItIs : found->second;
}

bool CompressionPlan::prunes() const {
    return std::ranges::any_of(layers, [](const auto& entry) { return entry.second.sparsity > 0.0; });
}

bool CompressionPlan::quantizes() const {
    return std::ranges::any_of(layers, [](const auto& entry) {
        return entry.second.bits < kFloatBits && entry.second.levels == WeightLevels::Uniform;
    });
}

bool CompressionPlan::shares() const {
    return std::ranges::any_of(layers, [](const auto& entry) {
        return entry.second.bits < kFloatBits && entry.second.levels == WeightLevels::KMeans;
    });
}

Status validatePlan(const CompressionPlan& plan, const NetworkSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(requirePruningCriterion(plan.criterion));
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(checkLayers(plan, spec, makeParameterLayout(spec, analysis)));
    CONVOLAB_RETURN_IF_ERROR(checkBits("an activation", {}, plan.quantization.activationBits));
    if (plan.quantization.calibrationImages >= 1) return {};
    return invalid("the number of calibration images is " + withThousands(plan.quantization.calibrationImages), {},
                   "give at least 1; 512 is usual");
}

}  // namespace convolab
