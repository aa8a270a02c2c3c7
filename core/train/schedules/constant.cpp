#include "core/train/schedule.h"

namespace convolab {

namespace {

class ConstantSchedule : public Schedule {
  public:
    ConstantSchedule() {
        id = "constant";
        label = "Constant";
        help = "The same rate from start to end.";
        options = {warmupOption()};
    }
    double factor(const ScheduleSpec&, const ScheduleTime&) const override { return 1.0; }
};

}  // namespace

const Schedule& constantSchedule() {
    static const ConstantSchedule schedule;
    return schedule;
}

}  // namespace convolab
