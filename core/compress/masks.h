#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/compress/plan.h"
#include "core/train/weight_constraint.h"

namespace convolab {

/// Which parameters of a network stay: one byte per float of WeightSet::parameters, in the same order, 1 = kept.
/// A pruned filter takes its bias and the scale and shift of the batch norm behind it along. Immutable once made.
struct Masks {
    std::shared_ptr<const ParameterLayout> layout;
    std::vector<std::uint8_t> keep;

    /// Of one layer's weight tensor (its bias not counted).
    struct Count {
        std::int64_t kept = 0;
        std::int64_t total = 0;
        double sparsity() const { return total > 0 ? 1.0 - static_cast<double>(kept) / static_cast<double>(total) : 0.0; }
    };
    Count count(NodeId layer) const;
    Count count() const;  ///< over all weight tensors
};

using MasksPtr = std::shared_ptr<const Masks>;

/// The plan's sparsities turned into masks: in each layer the ⌊sparsity · groups + ½⌋ groups with the lowest score go.
/// Ties go by index. `weights` belong to the spec.
Result<Masks> makeMasks(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan);
/// Everything that is exactly 0 in a weight tensor counts as pruned: the masks of weights that were pruned before.
Masks masksOfZeros(const WeightSet& weights);

WeightSet masked(const WeightSet& weights, const Masks& masks);

/// Pruned weights stay 0 while the others are trained.
std::shared_ptr<const WeightConstraint> maskConstraint(MasksPtr masks);

/// "Non-zero MACs" of one image: of each MAC of a convolution or dense layer, those whose weight is kept. What is really
/// executed stays the dense count until the network is made dense.
std::int64_t nonZeroMacs(const NetworkSpec& spec, const Masks& masks);

}  // namespace convolab
