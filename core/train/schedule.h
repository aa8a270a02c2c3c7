#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/train/recipe.h"
#include "core/train/recipe_option.h"

namespace convolab {

/// What a schedule that watches the validations remembers of them: part of a checkpoint.
struct PlateauMemory {
    double factor = 1.0;      ///< what it has made of the rate so far
    double best = std::numeric_limits<double>::infinity();  ///< lowest validation loss
    std::int64_t waited = 0;  ///< validations since then
    std::int64_t cooldown = 0;
    bool operator==(const PlateauMemory&) const = default;
};

/// Where a run stands when a step is about to be taken.
struct ScheduleTime {
    std::int64_t step = 0;  ///< 0-based: steps taken so far
    std::int64_t totalSteps = 1;
    std::int64_t stepsPerEpoch = 1;
    double observed = 1.0;  ///< PlateauMemory::factor
};

/// How the learning rate changes during a run. Each stands in core/train/schedules/<id>.cpp; one immutable
/// instance lives in the registry. All are pure functions of the step and of what was observed at the validations.
class Schedule {
  public:
    virtual ~Schedule() = default;

    std::string id;                                   ///< "cosine"
    std::string label;                                ///< "Cosine"
    std::string help;                                 ///< one sentence
    std::vector<RecipeOption<ScheduleSpec>> options;  ///< with the warm-up's

    /// What the rate is multiplied by. Steps are counted from the end of the warm-up.
    virtual double factor(const ScheduleSpec& spec, const ScheduleTime& time) const = 0;
    /// Called with the loss of each validation that is due.
    virtual void observe(const ScheduleSpec& spec, double loss, PlateauMemory& memory) const {
        static_cast<void>(spec);
        static_cast<void>(loss);
        static_cast<void>(memory);
    }
};

const std::vector<const Schedule*>& schedules();
const Schedule* findSchedule(const std::string& id);

/// (step + 1) / warmupSteps during the warm-up: the last step of it has the full rate. 1 afterwards.
double warmupFactor(const ScheduleSpec& spec, std::int64_t step);
RecipeOption<ScheduleSpec> warmupOption();

/// Warm-up, then the schedule over the steps that remain.
double scheduleFactor(const ScheduleSpec& spec, const ScheduleTime& time);
inline double scheduledRate(const ScheduleSpec& spec, const ScheduleTime& time, double base) {
    return base * scheduleFactor(spec, time);
}

}  // namespace convolab
