#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "gpu/session/executor.h"

namespace convolab::gpu {

/// Where the time of one step goes: call begin, bring the batch, call run, fetch the loss, call end.
class StepTimer {
  public:
    explicit StepTimer(Executor& executor) : m_executor(executor) {}

    Outcome begin();
    /// Starts the launches one by one, with a mark behind each stretch of one layer.
    Outcome run(std::span<const Launch> launches);
    /// Waits for the device. Fills all of `times` but the bytes and `replay`, and of `layers` (one per op) all.
    Outcome end(ConvolabGpuTimes& times, std::span<ConvolabGpuLayerTimes> layers);

  private:
    using Clock = std::chrono::steady_clock;

    using Stretch = std::span<const Launch>;  ///< that follow one another and belong to the same op and part
    void readLayer(const Stretch& stretch, double seconds, ConvolabGpuTimes& times, std::span<ConvolabGpuLayerTimes> layers) const;

    Executor& m_executor;
    std::vector<Stretch> m_stretches;
    Clock::time_point m_begun;
    double m_launchSeconds = 0.0;
};

}  // namespace convolab::gpu
