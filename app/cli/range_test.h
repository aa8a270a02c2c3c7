#pragma once

#include "app/cli/console.h"
#include "app/cli/train_options.h"

namespace convolab {

/// `convolab train … --lr-range-test`: the exit code. Leaves NAME-lr-range.csv and .svg in --out.
int runRangeTest(const TrainOptions& options, const Console& console);

}  // namespace convolab
