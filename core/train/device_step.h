#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/model/model.h"
#include "core/train/recipe.h"

namespace convolab {

/// A model that can run the optimizer where it computes: neither weights nor gradients cross over in a step. The optimizer's
/// state then lies there, too, in the layout of Optimizer::stateSize. All but knows() may throw DeviceLost.
class DeviceStep {
  public:
    virtual ~DeviceStep() = default;
    virtual bool knows(const OptimizerSpec& optimizer) const = 0;
    /// Forward, backward and update; `number` counts the updates from 1.
    virtual LossResult trainAndUpdate(View<const float> images, std::span<const int> labels, std::uint64_t step, const OptimizerSpec& optimizer,
                                      double rate, double weightDecay, std::int64_t number) = 0;
    /// Whether a batch can come while the device computes the one before:
    virtual bool stages() const = 0;
    /// copies the batch and starts to bring it over, in place of one that was staged and not started,
    virtual void stageUpdate(View<const float> images, std::span<const int> labels, std::uint64_t step, const OptimizerSpec& optimizer, double rate,
                             double weightDecay, std::int64_t number) = 0;
    /// computes the staged batch as trainAndUpdate does, and does not wait,
    virtual void start() = 0;
    /// and waits for the step that was started first. At most two may be unfinished; weights and state are those after all that were started.
    virtual LossResult finish() = 0;
    enum class Posted { Yes, OneIsComing, No };
    /// Weights to look at, without waiting: those behind the steps that were started begin to come over, with the number `step`. No: the device
    /// has no room for that.
    virtual Posted postWeights(std::int64_t step) = 0;
    /// The newest that have arrived, all of one step, each once.
    virtual std::optional<WeightSet> takeWeights() = 0;
    virtual void writeOptimizerState(std::span<const float> state) = 0;
    virtual void readOptimizerState(std::span<float> state) const = 0;
};

}  // namespace convolab
