#include <algorithm>
#include <cmath>

#include "core/train/schedule.h"

namespace convolab {

namespace {

/// As PyTorch's MultiStepLR, advanced once an epoch.
class MultiStepSchedule : public Schedule {
  public:
    MultiStepSchedule() {
        id = "multi_step";
        label = "Multi-step";
        help = "Drops the rate by a factor at each of the given epochs (joined by +).";
        options = {
            {"milestones", "Drops, epochs", "epochs at which the rate drops", &ScheduleSpec::milestones, 0.0, 1e9},
            {"factor", "Factor", "what the rate is multiplied by at each drop", &ScheduleSpec::factor, 0.0, 1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec& spec, const ScheduleTime& time) const override {
        const double epoch = static_cast<double>(time.step) / static_cast<double>(time.stepsPerEpoch);
        const auto passed = std::ranges::count_if(spec.milestones, [epoch](double at) { return at <= epoch; });
        return std::pow(spec.factor, static_cast<double>(passed));
    }
};

}  // namespace

const Schedule& multiStepSchedule() {
    static const MultiStepSchedule schedule;
    return schedule;
}

}  // namespace convolab
