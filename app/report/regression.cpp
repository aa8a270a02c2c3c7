#include "app/report/regression.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/data/targets.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

constexpr std::int64_t kMostPoints = 500;
constexpr double kBeyond = 0.08;  // of the samples' range, on each side

std::vector<std::pair<double, double>> samplesOf(const Dataset& dataset, const Targets& targets) {
    std::vector<std::pair<double, double>> samples;
    for (std::int64_t i = 0; i < std::min(kMostPoints, dataset.size(Split::Train)); ++i) {
        float x = 0.0F;
        dataset.image(Split::Train, i, {&x, 1});
        samples.emplace_back(x, targets.values[static_cast<std::size_t>(dataset.label(Split::Train, i))]);
    }
    std::sort(samples.begin(), samples.end());
    return samples;
}

}  // namespace

std::string rootErrorText(double meanSquare, const std::string& unit) {
    return valueText(std::sqrt(meanSquare)) + (unit.empty() ? "" : " " + unit);
}

PlotDescription fitPlot(const Dataset& dataset, const std::optional<FittedLine>& line) {
    PlotDescription plot;
    plot.emptyText = "No samples";
    const Targets* targets = targetsOf(dataset);
    if (targets == nullptr || dataset.info().imageShape.size() != 1 || outputsOf(dataset) != 1) return plot;
    plot.title = targets->estimated.text();
    plot.xAxis.label = targets->measured.text();
    PlotSeries points;
    points.name = "samples";
    points.line = false;
    points.ringAtNewest = false;
    points.marker = PlotMarker::Circle;
    for (const auto& [x, y] : samplesOf(dataset, *targets)) {
        points.x.push_back(x);
        points.y.push_back(y);
    }
    if (points.x.empty()) return plot;
    const double margin = kBeyond * (points.x.back() - points.x.front());
    plot.xAxis.minimum = points.x.front() - margin;
    plot.xAxis.maximum = points.x.back() + margin;
    plot.series.push_back(std::move(points));
    if (!line) return plot;
    PlotSeries fit;
    fit.name = fittedLineText(*line, *targets);
    fit.colorIndex = 1;
    fit.ringAtNewest = false;
    fit.x = {*plot.xAxis.minimum, *plot.xAxis.maximum};
    for (const double x : fit.x) fit.y.push_back(line->at(x));
    plot.series.push_back(std::move(fit));
    return plot;
}

}  // namespace convolab
