#pragma once

#include "core/train/rate_range.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// Loss over the learning rate (log axis), raw behind the running mean; a line at `rate`, an event at the suggestion.
PlotDescription rateRangePlot(const RateRange& range, std::optional<double> rate = {});

/// "Where the loss falls fastest: 3.2e-3. Lowest at 0.03; beyond that it rises."
std::string rateRangeText(const RateRange& range);

}  // namespace convolab
