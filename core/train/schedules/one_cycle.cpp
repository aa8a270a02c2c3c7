#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/train/schedule.h"

namespace convolab {

namespace {

double halfCosine(double from, double to, double progress) {
    return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(progress, 0.0, 1.0)));
}

/// Smith & Topin 2019; the steps of PyTorch's OneCycleLR with two phases, cosine, and a momentum that stays (its
/// div_factor is 1 / start share, its final_div_factor start share / final share). The recipe's rate is the peak.
class OneCycleSchedule : public Schedule {
  public:
    OneCycleSchedule() {
        id = "one_cycle";
        label = "One cycle";
        help = "Rises along half a cosine to the full rate, then falls along another to the final share of it.";
        options = {
            {"rise_share", "Rises for", "share of the run in which the rate rises", &ScheduleSpec::riseShare, 0.0, 1.0},
            {"start_share", "Starts at", "share of the rate at the first step", &ScheduleSpec::startShare, 0.0, 1.0},
            {"final_share", "Ends at", "share of the rate at the last step", &ScheduleSpec::finalShare, 0.0, 1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec& spec, const ScheduleTime& time) const override {
        const double last = static_cast<double>(std::max<std::int64_t>(time.totalSteps - 1, 1));
        const double peak = spec.riseShare * static_cast<double>(time.totalSteps) - 1.0;
        const auto step = static_cast<double>(time.step);
        if (peak > 0.0 && step <= peak) return halfCosine(spec.startShare, 1.0, step / peak);
        const double start = std::max(peak, 0.0);
        return halfCosine(1.0, spec.finalShare, last > start ? (step - start) / (last - start) : 1.0);
    }
};

}  // namespace

const Schedule& oneCycleSchedule() {
    static const OneCycleSchedule schedule;
    return schedule;
}

}  // namespace convolab
