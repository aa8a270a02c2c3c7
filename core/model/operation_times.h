#pragma once

#include <span>
#include <vector>

#include "core/model/model.h"

namespace convolab {

/// One step of a model's forward pass, in execution order.
struct Operation {
    NodeId node = {};  ///< the layer that decides it, with those fused into it; 0: a change of layout between two layers
    bool runs = true;  ///< false: only another name for its input (flatten, dropout in evaluation)
};
std::vector<Operation> operationsOf(const Model& model);

/// model.forward(images) with the seconds of each of operationsOf(model) written to `seconds`.
View<const float> timedForward(Model& model, View<const float> images, std::span<double> seconds);

/// Seconds of one training step in parts: each of operationsOf(model) forward and backward (0 where it has nothing to do), and
/// the loss.
struct StepSeconds {
    std::vector<double> forward, backward;
    double loss = 0.0;
};
/// model.trainStep(images, labels, step) with a clock.
void timedTrainStep(Model& model, View<const float> images, std::span<const int> labels, std::uint64_t step, StepSeconds& seconds);

}  // namespace convolab
