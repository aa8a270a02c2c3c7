#pragma once

#include <optional>

#include "app/cli/console.h"
#include "core/measure/experiment.h"
#include "core/measure/laser.h"
#include "core/measure/machine_peak.h"

namespace convolab {

/// The five numbers as lines, the layers as a table, then what the computer and others could do.
void printLaser(const Console& console, const LaserCard& card, const std::optional<MachinePeak>& peak);
void printExperiment(const Console& console, const Experiment& experiment, const ExperimentResult& result);

}  // namespace convolab
