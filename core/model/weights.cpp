#include "core/model/weights.h"

#include <cmath>
#include <algorithm>

#include "core/util/check.h"
#include "core/util/random.h"

namespace convolab {

namespace {

struct Distribution {
    bool normal = false;
    double variance = 1.0;
};

Distribution distributionOf(const std::string& name, const ParameterSpec& spec) {
    const auto fanIn = static_cast<double>(spec.fanIn);
    const auto fanOut = static_cast<double>(spec.fanOut);
    const bool normal = name.ends_with("_normal");
    if (name.starts_with("he_")) return {normal, 2.0 / fanIn};
    if (name.starts_with("xavier_")) return {normal, 2.0 / (fanIn + fanOut)};
    if (name.starts_with("torch_")) return {normal, 1.0 / (3.0 * fanIn)};  // U(±1/√fan-in)
    CONVOLAB_CHECK(name.starts_with("lecun_"), "unknown initialiser " + name);
    return {normal, 1.0 / fanIn};
}

/// 1 for normalisations; a prelu says where its slopes begin.
float freshScale(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    if (kind == nullptr) return 1.0F;
    const auto attributes = completeAttributes(kind->attributes, node.attributes);
    return attributes.ok() && attributes->has("initial") ? static_cast<float>(attributes->real("initial")) : 1.0F;
}

void fill(std::span<float> values, const ParameterEntry& entry, const Node& node, std::uint64_t seed) {
    switch (entry.spec.role) {
        case ParameterRole::Bias:
        case ParameterRole::Shift:
        case ParameterRole::RunningMean:
            std::fill(values.begin(), values.end(), 0.0F);
            return;
        case ParameterRole::Scale:
            std::fill(values.begin(), values.end(), freshScale(node));
            return;
        case ParameterRole::RunningVariance:
            std::fill(values.begin(), values.end(), 1.0F);
            return;
        case ParameterRole::Weight:
            break;
    }
    const AttributeValue* given = node.attributes.find("init");
    const auto* name = given == nullptr ? nullptr : std::get_if<std::string>(given);
    const Distribution distribution = distributionOf(name == nullptr ? "he_uniform" : *name, entry.spec);
    RandomSequence random(seed, RandomStreamId::Initialisation, static_cast<std::uint64_t>(node.id.value));
    if (distribution.normal) {
        const auto deviation = static_cast<float>(std::sqrt(distribution.variance));
        for (float& value : values) value = deviation * random.normal();
    } else {
        const auto bound = static_cast<float>(std::sqrt(3.0 * distribution.variance));
        for (float& value : values) value = random.uniform(-bound, bound);
    }
}

template <class Weights>
auto valuesOf(Weights& weights, const ParameterEntry& entry) {
    auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
    return std::span(buffer).subspan(entry.offset, static_cast<std::size_t>(entry.spec.shape.size()));
}

}  // namespace

const ParameterEntry* ParameterLayout::find(NodeId node, const std::string& name) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const ParameterEntry& entry) {
        return entry.node == node && entry.spec.name == name;
    });
    return found == entries.end() ? nullptr : &*found;
}

ParameterLayout makeParameterLayout(const NetworkSpec& spec, const Analysis& analysis) {
    ParameterLayout layout;
    for (const NodeId id : analysis.order) {
        const Node* node = spec.node(id);
        const NodeAnalysis* shapes = analysis.find(id);
        const LayerKind* kind = node == nullptr ? nullptr : findLayerKind(node->kind);
        if (kind == nullptr || shapes == nullptr || !shapes->output) continue;
        const auto attributes = completeAttributes(kind->attributes, node->attributes);
        CONVOLAB_CHECK(attributes.ok(), "a parameter layout needs a network without errors");
        std::vector<Shape> inputs;
        for (const auto& input : shapes->inputs) {
            if (input) inputs.push_back(*input);
        }
        for (const ParameterSpec& parameter : kind->parameters(*attributes, inputs)) {
            std::size_t& count = parameter.trainable ? layout.parameterCount : layout.statisticCount;
            layout.entries.push_back({id, node->name, parameter, count});
            count += static_cast<std::size_t>(parameter.shape.size());
        }
    }
    return layout;
}

std::span<const float> WeightSet::values(const ParameterEntry& entry) const { return valuesOf(*this, entry); }

Status requireLayout(const WeightSet& weights, const ParameterLayout& layout) {
    const auto fits = [](const ParameterEntry& a, const ParameterEntry& b) {
        return a.node == b.node && a.spec.name == b.spec.name && a.spec.shape == b.spec.shape && a.offset == b.offset;
    };
    if (weights.layout.get() == &layout) return {};
    if (weights.layout != nullptr && std::ranges::equal(weights.layout->entries, layout.entries, fits)) return {};
    return Error{ErrorCode::ShapeMismatch, "the weights belong to another network: their layers or shapes differ", "",
                 "take weights that were made for this network"};
}

WeightSet initialWeights(const NetworkSpec& spec, const Analysis& analysis, std::uint64_t seed) {
    WeightSet weights;
    weights.layout = std::make_shared<const ParameterLayout>(makeParameterLayout(spec, analysis));
    weights.parameters.resize(weights.layout->parameterCount);
    weights.statistics.resize(weights.layout->statisticCount);
    fillInitialWeights(spec, *weights.layout, seed, weights.parameters, weights.statistics);
    return weights;
}

void fillInitialWeights(const NetworkSpec& spec, const ParameterLayout& layout, std::uint64_t seed, std::span<float> parameters,
                        std::span<float> statistics) {
    for (const ParameterEntry& entry : layout.entries) {
        const std::span<float> values = entry.spec.trainable ? parameters : statistics;
        fill(values.subspan(entry.offset, static_cast<std::size_t>(entry.spec.shape.size())), entry, *spec.node(entry.node), seed);
    }
}

WeightSet carriedOver(const WeightSet& old, WeightSet fresh) {
    if (old.layout == nullptr) return fresh;
    for (const ParameterEntry& entry : fresh.layout->entries) {
        const ParameterEntry* before = old.layout->find(entry.node, entry.spec.name);
        if (before == nullptr || before->spec.shape != entry.spec.shape) continue;
        const auto source = old.values(*before);
        std::copy(source.begin(), source.end(), valuesOf(fresh, entry).begin());
    }
    return fresh;
}

}  // namespace convolab
