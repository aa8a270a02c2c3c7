#pragma once

#include <QStringList>
#include <vector>

#include "core/measure/race.h"
#include "widgets/instruments/roofline_instrument.h"
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
    QStringList times;      ///< one per lane; "–" where the device does not say
    QStringList details;             ///< the same, for tooltips: forward, backward, share
    bool isPart = false;             ///< of the step as a whole, below the layers
};
std::vector<RaceRow> raceRows(const Race& race);
std::vector<RaceRow> raceRows(const Sweep& sweep);  ///< the times, one row per size

/// The layers with MACs in their forward passes under the roofs of the devices; a layer on two devices is a point of each.
RooflinePicture rooflinePicture(const Race& race);
/// The lane whose layers the roofline's table shows: the last one that tells their times; null if none does.
const RaceLane* rooflineLane(const Race& race);
QStringList rooflineHeader(const RaceLane& lane);
/// A layer per row: FLOP/s and their share, bytes/s and their share; on a GPU occupancy and units. Forward; backward is in the details.
std::vector<RaceRow> rooflineRows(const RaceLane& lane);

}  // namespace convolab
