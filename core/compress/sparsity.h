#pragma once

#include "core/compress/masks.h"

namespace convolab {

/// Every layer that can lose groups of this granularity (prunableLayers) loses the same share of them, in [0, 1); a
/// layer of n groups keeps at least one.
Result<CompressionPlan> uniformPlan(const NetworkSpec& spec, const std::string& criterion, Granularity granularity,
                                    double share, std::uint64_t seed = 0);

/// One threshold over all prunable layers: of all their groups together, the share with the lowest scores goes, ties by
/// layer and index; the highest of each layer always stays. Single weights compete as they are (PyTorch's
/// global_unstructured). The scores of kernels and filters are first divided by the root mean square of their layer's
/// scores, since layers differ in scale (after Molchanov et al., "Pruning convolutional neural networks for resource
/// efficient inference", 2017, who divide by the root of the sum, which prefers wide layers). `share` is in [0, 1).
Result<CompressionPlan> planForGlobalSparsity(const NetworkSpec& spec, const WeightSet& weights, const std::string& criterion,
                                              Granularity granularity, double share, std::uint64_t seed = 0);

/// Threshold on |w| ↔ sparsity of one layer, single weights: what a handle on the histogram needs. Sorted once, then
/// immutable; each question costs a binary search.
class MagnitudeCurve {
  public:
    explicit MagnitudeCurve(std::span<const float> weights);

    /// The share of weights with |w| < threshold.
    double sparsityAt(double threshold) const;
    /// A threshold that lies between the weights that go and those that stay; 0 for a sparsity of 0. Where equal |w| lie
    /// on both sides of the cut, it is that value: fewer weights are below it than the sparsity says.
    double thresholdAt(double sparsity) const;
    double largest() const { return m_sorted.empty() ? 0.0 : m_sorted.back(); }
    std::int64_t count() const { return static_cast<std::int64_t>(m_sorted.size()); }

  private:
    std::vector<float> m_sorted;  // ascending |w|
};

/// The bytes of one layer's weight tensor in `masks.keep`; empty where it has none.
std::span<const std::uint8_t> layerMask(const Masks& masks, NodeId layer);
/// For each filter (unit) the share of its weights that are kept, in [0, 1]; empty where the layer has none.
std::vector<double> keptShares(const Masks& masks, NodeId layer);

}  // namespace convolab
