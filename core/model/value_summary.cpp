#include "core/model/value_summary.h"

#include <algorithm>
#include <cmath>

#include "core/util/check.h"

namespace convolab {

namespace {

std::span<const float> valuesOf(Model& model, const ValueSlice& slice) {
    switch (slice.source) {
        case ValueSlice::Source::Parameters: return model.parameters().subspan(slice.first, slice.count);
        case ValueSlice::Source::Gradients: return model.gradients().subspan(slice.first, slice.count);
        case ValueSlice::Source::Tap: return model.tap(slice.tap).span();
        case ValueSlice::Source::TapGradient: return model.tapGradient(slice.tap).span();
    }
    return {};
}

}  // namespace

ValueSummary summaryOf(std::span<const float> values) {
    ValueSummary summary;
    summary.count = static_cast<std::int64_t>(values.size());
    std::int64_t finite = 0;
    double sum = 0.0, square = 0.0;
    for (const float value : values) {
        if (!std::isfinite(value)) continue;
        summary.lowest = finite == 0 ? value : std::min(summary.lowest, value);
        summary.highest = finite == 0 ? value : std::max(summary.highest, value);
        summary.zeros += value == 0.0F ? 1 : 0;
        const auto exact = static_cast<double>(value);
        sum += exact;
        square += exact * exact;
        ++finite;
    }
    summary.take(finite, sum, square);
    return summary;
}

void ValueSummary::take(std::int64_t finite, double sum, double square) {
    notFinite = count - finite;
    if (finite == 0) return;
    mean = sum / static_cast<double>(finite);
    deviation = std::sqrt(std::max(0.0, square / static_cast<double>(finite) - mean * mean));
    norm = std::sqrt(square);
}

std::vector<std::int64_t> histogramOf(std::span<const float> values, std::span<const float> edges) {
    CONVOLAB_CHECK(edges.size() >= 2 && std::ranges::is_sorted(edges), "a histogram needs edges that ascend");
    std::vector<std::int64_t> counts(edges.size() - 1);
    for (const float value : values) {
        if (!(value >= edges.front() && value <= edges.back())) continue;
        const auto above = static_cast<std::size_t>(std::ranges::upper_bound(edges, value) - edges.begin());
        ++counts[std::min(above, counts.size()) - 1];
    }
    return counts;
}

std::vector<float> evenEdges(float low, float high, int bins) {
    std::vector<float> edges;
    for (int k = 0; k < bins; ++k) {
        edges.push_back(static_cast<float>(static_cast<double>(low) + (static_cast<double>(high) - static_cast<double>(low)) * k / bins));
    }
    edges.push_back(high);
    return edges;
}

std::vector<LayerSlice> layerSlices(const ParameterLayout& layout, ValueSlice::Source source) {
    std::vector<LayerSlice> slices;
    for (const ParameterEntry& entry : layout.entries) {
        if (!entry.spec.trainable) continue;
        const auto count = static_cast<std::size_t>(entry.spec.shape.size());
        if (!slices.empty() && slices.back().node == entry.node) slices.back().slice.count += count;
        else slices.push_back({entry.node, {.source = source, .first = entry.offset, .count = count, .tap = {}}});
    }
    return slices;
}

std::vector<ValueSummary> summariesOf(Model& model, std::span<const ValueSlice> slices) {
    if (auto* there = dynamic_cast<SummarisesValues*>(&model)) return there->summaries(slices);
    std::vector<ValueSummary> summaries;
    for (const ValueSlice& slice : slices) summaries.push_back(summaryOf(valuesOf(model, slice)));
    return summaries;
}

std::vector<std::int64_t> histogramOf(Model& model, const ValueSlice& slice, std::span<const float> edges) {
    auto* there = dynamic_cast<SummarisesValues*>(&model);
    if (there != nullptr && edges.size() <= SummarisesValues::kMostBins + 1) return there->histogram(slice, edges);
    return histogramOf(valuesOf(model, slice), edges);
}

std::vector<std::uint8_t> activeChannelsOf(Model& model, NodeId tap) {
    if (auto* there = dynamic_cast<SummarisesValues*>(&model)) return there->activeChannels(tap);
    const View<const float> values = model.tap(tap);
    const std::int64_t n = values.shape[0], channels = values.shape[1], plane = values.size() / (n * channels);
    std::vector<std::uint8_t> active(static_cast<std::size_t>(channels));
    for (std::int64_t i = 0; i < values.size(); ++i) {
        if (values[i] != 0.0F) active[static_cast<std::size_t>(i / plane % channels)] = 1;
    }
    return active;
}

}  // namespace convolab
