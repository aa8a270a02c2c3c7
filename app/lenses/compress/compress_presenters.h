#pragma once

#include <string>
#include <vector>

#include "app/lenses/compress/error_view.h"
#include "app/lenses/compress/speed_meter.h"
#include "core/compress/quantization/quantization_error.h"
#include "core/project/kept_version.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// From values to what is written and drawn. Plain functions; UI thread because of tr().

std::string sparsityText(double sparsity);                 ///< "92 %", "99.5 %"; "–" for 0
std::string bitsText(const LayerCompression& layer);       ///< "5", "5 K" (k-means), "FP32"
/// "31 levels, 5 bit" of a grid, "32 shared values, 5 bit" of a codebook; empty for float32.
std::string levelsText(const LayerCompression& layer, std::size_t levels);
/// How the accuracy was computed, where that is not float32: "int8 on the CPU", "simulated".
std::string arithmeticText(const CompressionPlan& plan, const PlanAccuracy& accuracy);
/// "5 bit", "4–8 bit" where they differ, "FP32" where nothing is rounded.
std::string bitsRangeText(const std::vector<const LayerFigures*>& layers);
/// Several layers as one: weights and bytes are sums; the plan is the first's, with the mean bits of the kept weights.
LayerFigures sumOf(const std::vector<const LayerFigures*>& layers);
std::string layerNumber(const LayerFigures& layer);        ///< "5 · 92 %", for the layer list
/// "▼ 0.90" or "▲ 0.12" in points; "±0" where nothing changed.
std::string pointsText(double accuracy, double original);
/// "± 0.42 · validation, 1,000 of 5,000".
std::string sampleText(const PlanAccuracy& accuracy);
/// "Integers: 0.21 ms an image, float32 0.15 ms: 1.4× slower here … "; why where they are slower. Empty: nothing measured.
std::string speedText(const std::vector<SpeedComparison>& speeds);
std::string decibelsText(double decibels);  ///< "21.3 dB"; "exact" where nothing changes
std::string shareText(double share);        ///< "9.6 %", "0.41 %"
double relativeError(double decibels);      ///< root mean square of the error over the signal's: 20 dB are a tenth
std::vector<ErrorBar> errorBars(const std::vector<LayerQuantizationError>& rows);
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
