#pragma once

#include <cstdint>

namespace convolab {

/// What a training in fp16 remembers from step to step besides weights and optimizer state: the loss's gradient is multiplied by the
/// scale, so that small gradients do not become 0. A step whose gradients are not finite is skipped (weights and optimizer state
/// stay) and halves it; 2,000 good steps in a row double it (PyTorch's GradScaler).
struct LossScaling {
    double scale = 65536.0;         ///< a power of two
    std::int64_t goodSteps = 0;     ///< since it changed
    std::int64_t skippedSteps = 0;  ///< of the run
    bool operator==(const LossScaling&) const = default;
};

/// A model that may train in fp16. Its running statistics follow a skipped step's batch all the same, and an optimizer that counts its
/// updates (Adam) counts the skipped one.
class ScalesLoss {
  public:
    virtual ~ScalesLoss() = default;
    virtual bool scalesLoss() const = 0;  ///< false: it trains in another precision, and nothing is skipped
    virtual bool skippedStep() const = 0;  ///< whether the latest training step was skipped; of staged steps, the latest finished one
    // Of scalesLoss() alone; may throw DeviceLost.
    virtual LossScaling lossScaling() const = 0;
    virtual void setLossScaling(const LossScaling& scaling) = 0;
};

}  // namespace convolab
