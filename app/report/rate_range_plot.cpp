#include "app/report/rate_range_plot.h"

#include "widgets/plots/number_text.h"

namespace convolab {

PlotDescription rateRangePlot(const RateRange& range, std::optional<double> rate) {
    PlotDescription plot;
    plot.title = "Loss over the learning rate";
    plot.xAxis = {.label = "learning rate", .unit = "", .scale = PlotScale::Log};
    plot.yAxis = {.label = "", .unit = "", .scale = PlotScale::Log};
    plot.legend = false;
    plot.emptyText = "No range test yet";
    PlotSeries series;
    series.name = "loss, running mean";
    for (const RateRangePoint& point : range.points) {
        series.x.push_back(point.rate);
        series.y.push_back(point.smoothed);
        series.rawX.push_back(point.rate);
        series.rawY.push_back(point.loss);
    }
    series.ringAtNewest = false;
    plot.series = {series};
    if (range.suggested) {
        plot.events.push_back({*range.suggested, "falls fastest: " + valueText(*range.suggested, 2), PlotEventKind::Flag});
    }
    if (rate && !range.points.empty()) plot.now = rate;
    return plot;
}

std::string rateRangeText(const RateRange& range) {
    if (range.points.empty()) return "the loss became infinite at the first step: begin with a smaller rate";
    if (!range.suggested) return "the loss never fell in this range";
    return "the loss falls fastest at a rate of " + valueText(*range.suggested, 2) + " and is lowest at " +
           valueText(*range.lowestLoss, 2) + (range.blewUp ? "; beyond that it rises" : "");
}

}  // namespace convolab
