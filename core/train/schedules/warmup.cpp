#include "core/train/schedule.h"

namespace convolab {

double warmupFactor(const ScheduleSpec& spec, std::int64_t step) {
    if (step >= spec.warmupSteps) return 1.0;
    return static_cast<double>(step + 1) / static_cast<double>(spec.warmupSteps);
}

RecipeOption<ScheduleSpec> warmupOption() {
    return {"warmup_steps",
            "Warm-up steps",
            "steps in which the rate rises from 0 to its full value",
            &ScheduleSpec::warmupSteps,
            0.0,
            1e9};
}

}  // namespace convolab
