#pragma once

#include "core/measure/experiment.h"

namespace convolab {

// One per file of this folder; list.cpp names their order.
const Experiment& fewerMacsExperiment();
const Experiment& convolutionAgainstDenseExperiment();
const Experiment& deeperExperiment();
const Experiment& accurateLessRobustExperiment();

}  // namespace convolab
