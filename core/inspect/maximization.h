#pragma once

#include <memory>

#include "core/graph/network_spec.h"
#include "core/inspect/microscope.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

struct MaximizationOptions {
    NodeId layer;
    std::int64_t channel = 0;   ///< map (its mean is raised) or unit
    std::optional<std::pair<std::int64_t, std::int64_t>> place;  ///< (row, column): one value of the map instead of its mean
    int steps = 200;
    double rate = 0.1;          ///< of normalised gradient ascent, in pixel units
    double decay = 0.01;        ///< pulls the image towards grey
    double smoothing = 0.5;     ///< share of a 3×3 box blur mixed in every fourth step, 0 … 1
    std::uint64_t seed = 0;
};

/// Gradient ascent on the image that excites one unit most, a step at a time: live and stoppable. Pixels stay in [0, 1].
class ActivationMaximizer {
  public:
    /// An error for a layer without that channel, or an input nobody can change (a network that cannot be compiled).
    static Result<std::unique_ptr<ActivationMaximizer>> create(const NetworkSpec& spec, WeightSetPtr weights,
                                                               const MaximizationOptions& options);
    ~ActivationMaximizer();

    bool finished() const;
    int step() const;
    Status runStep();             ///< a dead unit (gradient 0 everywhere after 20 restarts of the noise) is an error that says so
    View<const float> image() const;  ///< (C, H, W)
    double activation() const;    ///< of the unit on image()

  private:
    ActivationMaximizer();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
