#include "app/report/run_curves.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

constexpr double kMeanShare = 0.125;   // the running mean is over this share of the steps so far
constexpr double kLongestMean = 20.0;  // steps
constexpr double kWindowSeconds = 0.5;
constexpr double kShortestWindow = 0.05;
constexpr std::size_t kMostMarkers = 40;

PlotDescription emptyPlot(const char* title, PlotScale scale) {
    PlotDescription plot;
    plot.title = title;
    plot.xAxis.label = "epoch";
    plot.xAxis.minimum = 0.0;
    plot.yAxis.scale = scale;
    return plot;
}

PlotSeries emptySeries(const char* name, int color) {
    PlotSeries series;
    series.name = name;
    series.colorIndex = color;
    return series;
}

PlotDescription curvesPlot(const char* title, PlotScale scale) {
    PlotDescription plot = emptyPlot(title, scale);
    plot.series = {emptySeries("train, running", 0), emptySeries("validation", 1),
                   emptySeries("train, clean", 2)};
    plot.series[2].dashed = true;
    return plot;
}

PlotDescription singlePlot(const char* title, int color) {
    PlotDescription plot = emptyPlot(title, PlotScale::Linear);
    plot.yAxis.minimum = 0.0;
    plot.legend = false;
    plot.series = {emptySeries(title, color)};
    return plot;
}

/// 1 has no logarithm of the error: it is drawn half an image away.
double drawable(double accuracy, std::int64_t images) {
    return std::min(accuracy, 1.0 - 0.5 / static_cast<double>(std::max<std::int64_t>(1, images)));
}

}  // namespace

double RunCurves::Smoothing::next(double raw) {
    // Short at first, so that the curve does not trail behind the steep beginning.
    mean += (raw - mean) / std::min(kLongestMean, 1.0 + kMeanShare * static_cast<double>(count++));
    return mean;
}

RunCurves::RunCurves() { clear(); }

void RunCurves::setGoal(bool zeroOne, const std::optional<std::string>& regressionUnit) {
    if (zeroOne == m_zeroOne && regressionUnit == m_unit) return;
    m_zeroOne = zeroOne;
    m_unit = regressionUnit;
    clear();
}

void RunCurves::clear() {
    m_loss = curvesPlot("Loss", PlotScale::Log);
    m_accuracy = curvesPlot("Accuracy", PlotScale::ErrorLog);
    if (m_zeroOne) {  // 0 is reached, and has no logarithm
        m_loss = curvesPlot("Zero–one loss", PlotScale::Linear);
        m_loss.yAxis.minimum = 0.0;
    }
    if (m_unit) {
        const std::string unit = m_unit->empty() ? std::string{} : ", " + *m_unit;
        m_loss.title = "Mean squared error" + (unit.empty() ? unit : unit + "²");
        m_accuracy = curvesPlot("Root mean squared error", PlotScale::Log);
        m_accuracy.title += unit;
    }
    m_rate = singlePlot("Learning rate", 3);
    m_throughput = singlePlot("Throughput, images/s", 5);
    m_lossMean = m_accuracyMean = {};
    m_steps = m_validation = m_clean = m_robust = m_windowStart = 0;
    m_windowImages = 0;
}

void RunCurves::update(const History& history, double epochs) {
    if (history.steps.size() < m_steps) clear();
    for (; m_steps < history.steps.size(); ++m_steps) addStep(history, m_steps);
    addEvaluations(history);
    for (PlotDescription* plot : {&m_loss, &m_accuracy, &m_throughput}) {
        plot->events.clear();
        for (const DeviceMove& move : history.moves) plot->events.push_back({move.epoch, moveText(move)});
    }
    setAxes(history, epochs);
}

double RunCurves::shownMetric(double loss, double accuracy, std::int64_t images) const {
    return m_unit ? std::sqrt(loss) : drawable(accuracy, images);
}

void RunCurves::addStep(const History& history, std::size_t index) {
    const StepMetrics& row = history.steps[index];
    const auto add = [&](PlotSeries& series, Smoothing& smoothing, double raw) {
        series.rawX.push_back(row.epoch);
        series.rawY.push_back(raw);
        series.x.push_back(row.epoch);
        series.y.push_back(smoothing.next(raw));
    };
    add(m_loss.series[0], m_lossMean, row.loss);
    // A batch of one is all right or all wrong: what is averaged has to be the accuracy itself.
    if (!m_unit && row.images == 1) {
        add(m_accuracy.series[0], m_accuracyMean, row.accuracy);
        m_accuracy.series[0].y.back() = drawable(m_accuracy.series[0].y.back(), static_cast<std::int64_t>(kLongestMean));
        m_accuracy.series[0].rawX.clear();
        m_accuracy.series[0].rawY.clear();
    } else {
        add(m_accuracy.series[0], m_accuracyMean, shownMetric(row.loss, row.accuracy, row.images));
    }
    m_rate.series[0].x.push_back(row.epoch);
    m_rate.series[0].y.push_back(row.rate);

    m_windowImages += row.images;
    while (m_windowStart + 1 < index &&
           row.seconds - history.steps[m_windowStart + 1].seconds > kWindowSeconds) {
        m_windowImages -= history.steps[m_windowStart++].images;
    }
    const double seconds = row.seconds - history.steps[m_windowStart].seconds;
    if (seconds < kShortestWindow) return;
    m_throughput.series[0].x.push_back(row.epoch);
    m_throughput.series[0].y.push_back(
        static_cast<double>(m_windowImages - history.steps[m_windowStart].images) / seconds);
}

void RunCurves::addEvaluations(const History& history) {
    const auto add = [this](std::size_t series, const EvaluationMetrics& row) {
        m_loss.series[series].x.push_back(row.epoch);
        m_loss.series[series].y.push_back(row.loss);
        m_accuracy.series[series].x.push_back(row.epoch);
        m_accuracy.series[series].y.push_back(shownMetric(row.loss, row.accuracy, row.images));
    };
    for (; m_validation < history.validation.size(); ++m_validation) add(1, history.validation[m_validation]);
    for (; m_clean < history.trainClean.size(); ++m_clean) add(2, history.trainClean[m_clean]);
    addRobustness(history);
    for (PlotDescription* plot : {&m_loss, &m_accuracy}) {
        const bool marked = m_validation <= kMostMarkers;
        plot->series[1].marker = marked ? PlotMarker::Square : PlotMarker::None;
        plot->series[2].marker = marked ? PlotMarker::Triangle : PlotMarker::None;
    }
}

void RunCurves::addRobustness(const History& history) {
    auto& series = m_accuracy.series;
    if (m_robust < history.robust.size() && series.size() == 3) {
        series.push_back(emptySeries("under FGSM", 3));
        series.push_back(emptySeries("under PGD-10", 4));
        series[3].dashed = true;
    }
    for (; m_robust < history.robust.size(); ++m_robust) {
        const RobustMetrics& row = history.robust[m_robust];
        const std::array<double, 2> accuracies = {row.fgsm, row.pgd};
        for (std::size_t i = 0; i < accuracies.size(); ++i) {
            series[3 + i].x.push_back(row.epoch);
            series[3 + i].y.push_back(drawable(accuracies[i], row.images));
            series[3 + i].marker = m_robust < kMostMarkers ? PlotMarker::Diamond : PlotMarker::None;
        }
    }
}

void RunCurves::setAxes(const History& history, double epochs) {
    const bool any = !history.steps.empty();
    for (PlotDescription* plot : {&m_loss, &m_accuracy, &m_rate, &m_throughput}) {
        plot->xAxis.maximum = epochs > 0
                                  ? std::optional(std::max(epochs, any ? history.steps.back().epoch : 0.0))
                                  : std::nullopt;
        plot->now = any ? std::optional(history.steps.back().epoch) : std::nullopt;
    }
    m_rate.note = any ? valueText(history.steps.back().rate, 3) : std::string{};
    const auto& speed = m_throughput.series[0].y;
    m_throughput.note = speed.empty() ? std::string{} : countText(std::llround(speed.back()));
}

}  // namespace convolab
