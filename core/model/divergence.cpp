#include "core/model/divergence.h"

#include <algorithm>
#include <cmath>

#include "core/model/model.h"

namespace convolab {

namespace {

bool allFinite(std::span<const float> values) {
    return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

bool parametersFinite(const WeightSet& weights, NodeId node) {
    return std::ranges::all_of(weights.layout->entries, [&](const ParameterEntry& entry) {
        return entry.node != node || allFinite(weights.values(entry));
    });
}

}  // namespace

std::string firstNonFiniteLayer(const NetworkSpec& spec, const WeightSet& weights, View<const float> images) {
    const Analysis analysis = analyze(spec);
    CompileOptions options;
    options.maximumBatch = images.shape[0];
    for (const NodeId id : analysis.order) {
        const NodeAnalysis* shapes = analysis.find(id);
        if (shapes != nullptr && shapes->output) options.taps.push_back(id);
    }
    auto model = Model::compile(spec, options);
    if (!model.ok() || !(*model)->bind(weights).ok()) return {};
    (*model)->forward(images);
    for (const NodeId id : options.taps) {
        if (!parametersFinite(weights, id) || !allFinite((*model)->tap(id).span())) return spec.node(id)->name;
    }
    return {};
}

std::string lastNonFiniteLayer(const ParameterLayout& layout, std::span<const float> values) {
    for (auto entry = layout.entries.rbegin(); entry != layout.entries.rend(); ++entry) {
        if (!entry->spec.trainable) continue;
        const auto size = static_cast<std::size_t>(entry->spec.shape.size());
        if (!allFinite(values.subspan(entry->offset, size))) return entry->nodeName;
    }
    return {};
}

}  // namespace convolab
