#pragma once

#include <cstdint>
#include <span>

#include "core/tensor/tensor.h"

namespace convolab {

/// An attack that climbs each image's own cross-entropy, as core/attack makes it of an AttackSpec.
struct AscentRequest {
    bool byLength = false;        ///< steps of length `step` in a ball of L2, else along the gradient's signs in L∞
    bool towards = false;         ///< the classes, downhill; else away from them
    bool startsAtRandom = false;
    bool projectsStart = false;   ///< into the box, too
    double epsilon = 0.0, step = 0.0;
    std::uint64_t seed = 0, draw = 0;       ///< of the random numbers (AttackBatch)
    View<const float> clean;                ///< (n, C, H, W) in [0, 1]
    std::span<const int> classes;           ///< n
    std::span<const std::int64_t> ids;      ///< n
};

/// A model that can climb where it computes: neither images nor gradients cross over from step to step.
class AscendsByItself {
  public:
    virtual ~AscendsByItself() = default;
    virtual bool canAscend() const = 0;
    virtual void beginAscent(const AscentRequest& request) = 0;
    virtual void ascend() = 0;  ///< one step, back into the ball and into the box
    /// What came of it; `sawGradient` n or empty: set to 1 where an image's gradient was not all zero.
    virtual void readAscent(View<float> images, std::span<std::uint8_t> sawGradient) = 0;
    /// The next training step takes its first images from where they lie; it must be the next call.
    virtual void keepAscended() = 0;
};

}  // namespace convolab
