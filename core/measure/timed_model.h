#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/compress/quantization/quantized_model.h"
#include "core/model/operation_times.h"

namespace convolab {

/// What a clock is held to: a forward pass of one kind of model or the other.
class TimedModel {
  public:
    virtual ~TimedModel() = default;
    virtual const Shape& inputShape() const = 0;
    virtual const std::vector<Operation>& operations() const = 0;  ///< in execution order
    /// Seconds of the whole pass; waiting for another user of the compute team is left out.
    virtual double forward(View<const float> images) = 0;
    /// The same with the seconds of each of operations(), which slows it a little.
    virtual double timedForward(View<const float> images, std::span<double> seconds) = 0;
    virtual double waited() const = 0;  ///< seconds before the latest pass, for the team
};

std::unique_ptr<TimedModel> timed(std::unique_ptr<Model> model);
std::unique_ptr<TimedModel> timed(std::unique_ptr<QuantizedModel> model);  ///< of an integer network

}  // namespace convolab
