#pragma once

#include <map>

#include "core/compress/quantization/integer_network.h"

namespace convolab {

/// Turns a network into its integer form, step by step in execution order. Used once.
class Lowering {
  public:
    Lowering(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights, const CompressionPlan& plan,
             const ActivationRanges& ranges);

    Result<IntegerNetwork> run();

  private:
    using Layer = IntegerLayer;

    Status add(const FusedLayer& fused);
    Status addWeighted(const FusedLayer& fused, Layer& layer);
    Status makeConvolution(const FusedLayer& fused, Layer& layer);
    Status addTable(const FusedLayer& fused, Layer& layer);
    void addPool(const FusedLayer& fused, Layer& layer);
    void addSum(const FusedLayer& fused, Layer& layer);
    void addConcat(Layer& layer);
    void addFlatten(Layer& layer);
    void keepFloat(const FusedLayer& fused, Layer& layer, std::string why);

    Status giveGrid(Layer& layer);
    Status requireGrids(const Layer& layer) const;
    std::string reasonForFloat(const FusedLayer& fused) const;
    /// Only a softmax or the output look at it: then it need not go onto a grid again.
    bool feedsOnlyTheEnd(NodeId last) const;
    const Layer& input(const Layer& layer, std::size_t index = 0) const;
    std::span<const float> values(NodeId node, const std::string& name) const;
    void findLogits();

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const CompressionPlan& m_plan;
    const ActivationRanges& m_ranges;
    IntegerNetwork m_network;
    std::map<NodeId, int> m_stepOf;  ///< by the layer whose output it is
};

}  // namespace convolab
