#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

struct MaximizationOptions {
    NodeId layer;
    std::int64_t channel = 0;   ///< map (its mean is raised) or unit
    std::optional<std::pair<std::int64_t, std::int64_t>> place;  ///< (row, column): one value of the map instead of its mean
    int steps = 200;
    double rate = 0.1;          ///< how far the pixel with the steepest gradient moves, 0 … 1; the others in proportion
    double decay = 0.01;        ///< share by which each step pulls the image towards grey, 0 … 1
    double smoothing = 0.5;     ///< share of a 3×3 box blur mixed in every fourth step, 0 … 1
    std::uint64_t seed = 0;
};

/// Gradient ascent on the image that excites one unit most, a step at a time: live and stoppable. Pixels stay in [0, 1].
class ActivationMaximizer {
  public:
    /// Starts from grey with a little noise. An error for a layer that is not there or computes nothing (the input), a
    /// channel or place out of range, options out of range, or a network that cannot be compiled.
    static Result<std::unique_ptr<ActivationMaximizer>> create(const NetworkSpec& spec, WeightSetPtr weights,
                                                               const MaximizationOptions& options);
    ~ActivationMaximizer();

    bool finished() const;        ///< all steps made, or the unit cannot be raised further (no pixel has a gradient left)
    int step() const;
    /// A dead unit (gradient 0 everywhere, even after 20 restarts with other noise) is an error that says so.
    Status runStep();
    View<const float> image() const;  ///< (C, H, W)
    double activation() const;    ///< of the unit on image()

  private:
    ActivationMaximizer();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
