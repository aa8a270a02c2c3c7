#pragma once

#include <QString>
#include <vector>

#include "core/measure/race.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// From races to what is drawn. Plain functions; UI thread because of tr().

/// The losses over the steps, where both lie on one another, and over the time, where one is ahead.
std::vector<PlotDescription> racePlots(const Race& race);

/// Time of a step over the parameters or the images per batch, measured and fitted, both logarithmic; the crossover is marked.
PlotDescription sweepPlot(const Sweep& sweep);

/// A row of the table: a layer, or a part of the whole step.
struct RaceRow {
    QString name;
    std::vector<QString> times;      ///< one per lane; "–" where the device does not say
    std::vector<QString> details;    ///< the same, for tooltips: forward, backward, share
    bool isPart = false;             ///< of the step as a whole, below the layers
};
std::vector<RaceRow> raceRows(const Race& race);
std::vector<RaceRow> raceRows(const Sweep& sweep);  ///< the times, one row per size

}  // namespace convolab
