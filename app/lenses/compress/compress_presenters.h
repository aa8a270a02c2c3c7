#pragma once

#include <string>
#include <vector>

#include "app/lenses/compress/plan_bench.h"
#include "core/project/kept_version.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// From values to what is written and drawn. Plain functions; UI thread because of tr().

std::string sparsityText(double sparsity);                 ///< "92 %", "99.5 %"; "–" for 0
std::string bitsText(const LayerCompression& layer);       ///< "5", "5 shared", "FP32"
std::string layerNumber(const LayerFigures& layer);        ///< "5 · 92 %", for the layer list
/// "▼ 0.90" or "▲ 0.12" in points; "±0" where nothing changed.
std::string pointsText(double accuracy, double original);
/// "± 0.42 · validation, 1,000 of 5,000".
std::string sampleText(const PlanAccuracy& accuracy);
std::string groupWord(Granularity granularity);            ///< "Weights", "Kernels", "Filters"
/// "92 %, 5 bits" of a whole plan, for names of versions and files.
std::string planTitle(const PlanFigures& figures);

/// What the accuracy-against-size plot shows. Series 0: cut only, 1: fine-tuned (its best points joined), 2: original.
struct TradeOff {
    PlotDescription plot;
    std::vector<std::vector<std::int64_t>> ids;  ///< per series: the point of each mark; −1: the original
};
struct TradeOffWords {
    std::int64_t denseBytes = 0;
    std::optional<PlanAccuracy> original;
    double budget = 0.01;          ///< how much accuracy may be lost, as a share
    std::string base;              ///< points of other weights are not joined
};
TradeOff tradeOffPlot(const std::vector<TriedPoint>& points, const TradeOffWords& words);

}  // namespace convolab
