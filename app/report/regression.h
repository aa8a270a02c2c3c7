#pragma once

#include <optional>
#include <string>

#include "core/data/dataset.h"
#include "core/inspect/fitted_line.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// "29.94 k$": the root of a mean squared error, with the unit of what is estimated.
std::string rootErrorText(double meanSquare, const std::string& unit);

/// The training samples of a regression with one input as points, and the line through them where there is one.
PlotDescription fitPlot(const Dataset& dataset, const std::optional<FittedLine>& line);

}  // namespace convolab
