// The networks whose numbers tests/golden holds.
#pragma once

#include "core/graph/chain_builder.h"
#include "core/model/model.h"
#include "tests/support/golden.h"

namespace convolab::testing {

inline NetworkSpec goldenSmallNetwork() {
    return ChainBuilder("small").input({1, 12, 12})
        .conv({.filters = 2}).relu().maxPool(2)
        .conv({.filters = 3}).relu()
        .classifier(5).build();
}

inline NetworkSpec goldenResidualNetwork() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto chain = [&](NodeId from, const std::string& kind, Attributes attributes = {}, const std::string& name = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes), name);
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    const auto block = [&](NodeId from, const std::string& number) {
        const NodeId conv = chain(from, "conv2d", {{"filters", std::int64_t{4}}, {"pads", I{1, 1, 1, 1}}, {"bias", false}}, "Conv " + number);
        return chain(conv, "batch_norm", {}, "Norm " + number);
    };
    const NodeId input = chain({}, "input", {{"shape", I{2, 8, 8}}});
    const NodeId stem = chain(block(input, "1"), "relu");
    const NodeId inner = chain(block(stem, "2"), "relu");
    const NodeId sum = chain(block(inner, "3"), "add");
    static_cast<void>(spec.connect({stem, 0}, {sum, 1}));
    const NodeId pooled = chain(chain(sum, "relu"), "global_avg_pool");
    chain(chain(pooled, "dense", {{"units", std::int64_t{3}}}, "Dense 1"), "output");
    return spec;
}

/// "conv_1.weight" → that entry of the layout.
inline const ParameterEntry& entryNamed(const NetworkSpec& spec, const ParameterLayout& layout, const std::string& name) {
    const std::size_t dot = name.find('.');
    const Node* node = spec.nodeByName(name.substr(0, dot));
    const ParameterEntry* entry = node == nullptr ? nullptr : layout.find(node->id, name.substr(dot + 1));
    if (entry == nullptr) qFatal("no parameter %s", name.c_str());
    return *entry;
}

/// Writes the arrays of a golden case, {"conv_1.weight": …}, into a flat buffer of the network's layout.
inline void loadGolden(const NetworkSpec& spec, const ParameterLayout& layout, const nlohmann::json& arrays,
                       std::span<float> buffer) {
    for (const auto& [name, array] : arrays.items()) {
        const std::vector<float> values = array.get<GoldenArray>().floats();
        std::ranges::copy(values, buffer.subspan(entryNamed(spec, layout, name).offset).begin());
    }
}

/// Fresh weights with the parameters and running statistics of a golden case in their places.
inline WeightSet goldenWeights(const NetworkSpec& spec, const nlohmann::json& parameters, const nlohmann::json& statistics) {
    WeightSet weights = initialWeights(spec, analyze(spec), 1);
    loadGolden(spec, *weights.layout, parameters, weights.parameters);
    loadGolden(spec, *weights.layout, statistics, weights.statistics);
    return weights;
}

/// The largest |ours − theirs| as a share of the largest |theirs|; infinity when sizes differ.
inline double relativeToLargest(std::span<const float> ours, const std::vector<double>& theirs) {
    if (ours.size() != theirs.size()) return std::numeric_limits<double>::infinity();
    double difference = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - theirs[i]));
        largest = std::max(largest, std::abs(theirs[i]));
    }
    return largest > 0.0 ? difference / largest : difference;
}

}  // namespace convolab::testing
