#include <algorithm>

#include "core/train/schedule.h"
#include "core/util/check.h"

namespace convolab {

const Schedule& constantSchedule();
const Schedule& stepSchedule();
const Schedule& multiStepSchedule();
const Schedule& exponentialSchedule();
const Schedule& cosineSchedule();
const Schedule& oneCycleSchedule();
const Schedule& plateauSchedule();

const std::vector<const Schedule*>& schedules() {
    static const std::vector<const Schedule*> all{&constantSchedule(), &stepSchedule(), &multiStepSchedule(),
                                                  &exponentialSchedule(), &cosineSchedule(), &oneCycleSchedule(),
                                                  &plateauSchedule()};
    return all;
}

const Schedule* findSchedule(const std::string& id) {
    const auto& all = schedules();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Schedule* s) { return s->id == id; });
    return found == all.end() ? nullptr : *found;
}

double scheduleFactor(const ScheduleSpec& spec, const ScheduleTime& time) {
    if (time.step < spec.warmupSteps) return warmupFactor(spec, time.step);
    const Schedule* schedule = findSchedule(spec.kind);
    CONVOLAB_CHECK(schedule != nullptr, spec.kind);
    return schedule->factor(spec, {.step = time.step - spec.warmupSteps,
                                   .totalSteps = time.totalSteps - spec.warmupSteps,
                                   .stepsPerEpoch = time.stepsPerEpoch,
                                   .observed = time.observed});
}

}  // namespace convolab
