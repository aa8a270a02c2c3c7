#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/train/schedule.h"

namespace convolab {

namespace {

/// Loshchilov & Hutter 2017, equation 5 without restarts; PyTorch's CosineAnnealingLR with T_max = the steps.
class CosineSchedule : public Schedule {
  public:
    CosineSchedule() {
        id = "cosine";
        label = "Cosine";
        help = "Falls along half a cosine from the full rate to the final share of it.";
        options = {
            {"final_share", "Ends at", "share of the rate at the end", &ScheduleSpec::finalShare, 0.0, 1.0},
            warmupOption(),
        };
    }
    double factor(const ScheduleSpec& spec, const ScheduleTime& time) const override {
        const double progress = std::clamp(
            static_cast<double>(time.step) / static_cast<double>(std::max<std::int64_t>(1, time.totalSteps)),
            0.0, 1.0);
        return spec.finalShare +
               (1.0 - spec.finalShare) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    }
};

}  // namespace

const Schedule& cosineSchedule() {
    static const CosineSchedule schedule;
    return schedule;
}

}  // namespace convolab
