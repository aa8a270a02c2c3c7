#include <algorithm>

#include "core/train/schedule.h"

namespace convolab {

namespace {

/// As PyTorch's ReduceLROnPlateau (mode min, a relative threshold), advanced at every validation.
class PlateauSchedule : public Schedule {
  public:
    PlateauSchedule() {
        id = "plateau";
        label = "Plateau";
        help = "Drops the rate by a factor when the validation loss has not improved for some validations.";
        options = {
            {"factor", "Factor", "what the rate is multiplied by at each drop", &ScheduleSpec::factor, 0.0, 1.0},
            {"patience", "Patience", "validations without improvement that are let pass", &ScheduleSpec::patience, 0.0, 1e9},
            {"threshold", "Threshold", "an improvement is more than this share of the best loss", &ScheduleSpec::threshold, 0.0,
             1.0, true},
            {"cooldown", "Cool-down", "validations after a drop that are not counted", &ScheduleSpec::cooldown, 0.0, 1e9},
            {"final_share", "At least", "share of the rate that it never falls below", &ScheduleSpec::finalShare, 0.0, 1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec&, const ScheduleTime& time) const override { return time.observed; }

    void observe(const ScheduleSpec& spec, double loss, PlateauMemory& memory) const override {
        if (loss < memory.best * (1.0 - spec.threshold)) {
            memory.best = loss;
            memory.waited = 0;
        } else {
            ++memory.waited;
        }
        if (memory.cooldown > 0) {
            --memory.cooldown;
            memory.waited = 0;
        }
        if (memory.waited <= spec.patience) return;
        memory.factor = std::max(memory.factor * spec.factor, spec.finalShare);
        memory.cooldown = spec.cooldown;
        memory.waited = 0;
    }
};

}  // namespace

const Schedule& plateauSchedule() {
    static const PlateauSchedule schedule;
    return schedule;
}

}  // namespace convolab
