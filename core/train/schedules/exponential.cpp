#include <cmath>

#include "core/train/schedule.h"

namespace convolab {

namespace {

/// At the end of each epoch PyTorch's ExponentialLR; in between it falls evenly instead of waiting.
class ExponentialSchedule : public Schedule {
  public:
    ExponentialSchedule() {
        id = "exponential";
        label = "Exponential";
        help = "Falls a little at every step; an epoch multiplies the rate by the decay.";
        options = {
            {"decay", "Decay", "what an epoch multiplies the rate by", &ScheduleSpec::decay, 1e-6, 1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec& spec, const ScheduleTime& time) const override {
        return std::pow(spec.decay, static_cast<double>(time.step) / static_cast<double>(time.stepsPerEpoch));
    }
};

}  // namespace

const Schedule& exponentialSchedule() {
    static const ExponentialSchedule schedule;
    return schedule;
}

}  // namespace convolab
