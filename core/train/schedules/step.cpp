#include <cmath>

#include "core/train/schedule.h"

namespace convolab {

namespace {

/// As PyTorch's StepLR, advanced once an epoch.
class StepSchedule : public Schedule {
  public:
    StepSchedule() {
        id = "step";
        label = "Step";
        help = "Drops the rate by a factor every so many epochs.";
        options = {
            {"step_epochs", "Every, epochs", "epochs between two drops", &ScheduleSpec::stepEpochs, 1e-3, 1e9},
            {"factor", "Factor", "what the rate is multiplied by at each drop", &ScheduleSpec::factor, 0.0,
             1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec& spec, const ScheduleTime& time) const override {
        const double interval = spec.stepEpochs * static_cast<double>(time.stepsPerEpoch);
        return std::pow(spec.factor, std::floor(static_cast<double>(time.step) / interval));
    }
};

}  // namespace

const Schedule& stepSchedule() {
    static const StepSchedule schedule;
    return schedule;
}

}  // namespace convolab
