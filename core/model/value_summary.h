#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/model/model.h"

namespace convolab {

/// What can be said of many values in a few numbers. Values that are not finite are counted and left out of the others.
struct ValueSummary {
    std::int64_t count = 0;      ///< all values
    std::int64_t notFinite = 0;
    std::int64_t zeros = 0;      ///< exactly 0: behind a ReLU, what is off
    float lowest = 0.0F, highest = 0.0F;
    double mean = 0.0, deviation = 0.0;  ///< standard deviation, divided by the number of values
    double norm = 0.0;                   ///< √ Σ x²

    double zeroShare() const { return count > 0 ? static_cast<double>(zeros) / static_cast<double>(count) : 0.0; }
    bool operator==(const ValueSummary&) const = default;
    void take(std::int64_t finite, double sum, double square);  ///< sets what follows from these and `count`
};

/// In a fixed order: the same values give the same numbers.
ValueSummary summaryOf(std::span<const float> values);

/// How many values lie between edges, which ascend: edges[k] ≤ x < edges[k + 1], and at the last edge, too (NumPy's histogram). One less than
/// there are edges; what lies outside or is NaN is not counted.
std::vector<std::int64_t> histogramOf(std::span<const float> values, std::span<const float> edges);
/// bins + 1 edges from low to high, at equal distances.
std::vector<float> evenEdges(float low, float high, int bins);

/// Some values of a model.
struct ValueSlice {
    enum class Source { Parameters, Gradients, Tap, TapGradient };
    Source source = Source::Parameters;
    std::size_t first = 0, count = 0;  ///< of the flat buffers of parameters and gradients
    NodeId tap = {};                   ///< all of the latest batch
    bool operator==(const ValueSlice&) const = default;
};
/// Of each layer with weights one slice, in the layout's order, all its tensors together.
struct LayerSlice {
    NodeId node;
    ValueSlice slice;
};
std::vector<LayerSlice> layerSlices(const ParameterLayout& layout, ValueSlice::Source source);

/// A model that sums up where it computes: a few numbers come from there and not whole buffers.
class SummarisesValues {
  public:
    virtual ~SummarisesValues() = default;
    virtual std::vector<ValueSummary> summaries(std::span<const ValueSlice> slices) = 0;
    virtual std::vector<std::int64_t> histogram(const ValueSlice& slice, std::span<const float> edges) = 0;
    /// Per channel of a tap's maps (or per value of a vector), of the latest batch: 1 where any value is not 0.
    virtual std::vector<std::uint8_t> activeChannels(NodeId tap) = 0;
    static constexpr std::size_t kMostBins = 255;  ///< of histogram()
};

// The same for every model: by itself if it can, else from its buffers. May throw DeviceLost.
std::vector<ValueSummary> summariesOf(Model& model, std::span<const ValueSlice> slices);
std::vector<std::int64_t> histogramOf(Model& model, const ValueSlice& slice, std::span<const float> edges);
std::vector<std::uint8_t> activeChannelsOf(Model& model, NodeId tap);

}  // namespace convolab
