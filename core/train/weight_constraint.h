#pragma once

#include <span>

namespace convolab {

/// Keeps the weights of a training inside a set: pruned ones at 0, shared ones equal, quantised ones on their grid. All
/// spans are flat buffers in the network's parameter layout. Const functions: the same object serves any number of
/// trainings; called on the training's thread between two passes.
class WeightConstraint {
  public:
    virtual ~WeightConstraint() = default;

    /// Behind the backward pass, before the optimizer: what the gradients of the used weights mean for the trained ones
    /// (masks: 0 where pruned; sharing: the sum over each cluster).
    virtual void adaptGradients(std::span<float> gradients) const { static_cast<void>(gradients); }
    /// At the start and behind every update: puts the trained weights back into the set.
    virtual void project(std::span<float> parameters) const { static_cast<void>(parameters); }

    /// Straight-through estimation (Bengio et al. 2013): the passes use other weights than those that the optimizer
    /// updates. Checkpoints hold the trained ones; published and best weights, validation and accuracy the used ones.
    virtual bool usesOtherWeights() const { return false; }
    /// Only then: trained → used, element by element or tensor by tensor.
    virtual void use(std::span<const float> trained, std::span<float> used) const {
        static_cast<void>(trained);
        static_cast<void>(used);
    }
};

}  // namespace convolab
