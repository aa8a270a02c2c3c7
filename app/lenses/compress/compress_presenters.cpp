#include "app/lenses/compress/compress_presenters.h"

#include <QCoreApplication>
#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/util/interval.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

std::string words(const char* text) { return QCoreApplication::translate("compress", text).toStdString(); }

constexpr int kMostIntegerBits = 8;
constexpr double kSmallestError = 1e-4;  // an accuracy of 100 % has no logarithm of its error

/// A clause of core as a sentence of its own.
std::string sentence(std::string clause) {
    clause.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(clause.front())));
    return clause + ".";
}

double shownAccuracy(double accuracy) { return std::min(accuracy, 1.0 - kSmallestError); }

struct Mark {
    double size = 0.0, accuracy = 0.0;
    std::int64_t id = 0;
};

void addMarks(TradeOff& result, PlotSeries series, std::vector<Mark> marks) {
    std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.size < b.size; });
    std::vector<std::int64_t> ids;
    for (const Mark& mark : marks) {
        series.x.push_back(mark.size);
        series.y.push_back(shownAccuracy(mark.accuracy));
        ids.push_back(mark.id);
    }
    result.plot.series.push_back(std::move(series));
    result.ids.push_back(std::move(ids));
}

/// Nothing is both smaller and at least as accurate.
std::vector<Mark> front(std::vector<Mark> marks) {
    std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
        return a.size != b.size ? a.size < b.size : a.accuracy > b.accuracy;
    });
    std::vector<Mark> best;
    for (const Mark& mark : marks) {
        if (best.empty() || mark.accuracy > best.back().accuracy) best.push_back(mark);
    }
    return best;
}

PlotSeries markSeries(const std::string& name, int color, PlotMarker marker) {
    PlotSeries series;
    series.name = name;
    series.colorIndex = color;
    series.marker = marker;
    series.line = false;
    series.ringAtNewest = false;
    return series;
}

}  // namespace

std::string sparsityText(double sparsity) {
    if (sparsity <= 0) return "–";
    const double percent = 100.0 * sparsity;
    const bool round = std::abs(percent - std::round(percent)) < 0.05 && percent < 99.5;
    return fixedText(percent, round ? 0 : 1) + " %";
}

std::string bitsText(const LayerCompression& layer) {
    if (layer.bits >= kFloatBits) return "FP32";
    return std::to_string(layer.bits) + (layer.levels == WeightLevels::KMeans ? words(" K") : "");
}

std::string bitsRangeText(const std::vector<const LayerFigures*>& layers) {
    int least = kFloatBits, most = 0;
    for (const LayerFigures* layer : layers) {
        least = std::min(least, layer->plan.bits);
        most = std::max(most, layer->plan.bits);
    }
    if (least >= kFloatBits) return "FP32";
    return std::to_string(least) + (most > least ? "–" + std::to_string(most) : "") + words(" bit");
}

LayerFigures sumOf(const std::vector<const LayerFigures*>& layers) {
    if (layers.empty()) return {};
    LayerFigures sum = *layers.front();
    double bits = static_cast<double>(sum.kept) * sum.plan.bits;
    for (std::size_t i = 1; i < layers.size(); ++i) {
        const LayerFigures& each = *layers[i];
        sum.weights += each.weights;
        sum.kept += each.kept;
        sum.bytes += each.bytes;
        sum.denseBytes += each.denseBytes;
        bits += static_cast<double>(each.kept) * each.plan.bits;
    }
    if (sum.kept > 0) sum.plan.bits = static_cast<int>(std::lround(bits / static_cast<double>(sum.kept)));
    return sum;
}

std::string levelsText(const LayerCompression& layer, std::size_t levels) {
    if (layer.bits >= kFloatBits) return {};
    const std::string count = countText(static_cast<long long>(levels));
    return count + (layer.levels == WeightLevels::KMeans ? words(" shared values, ") : words(" levels, ")) + std::to_string(layer.bits) + words(" bit");
}

std::string arithmeticText(const CompressionPlan& plan, const PlanAccuracy& accuracy) {
    if (accuracy.arithmetic == Arithmetic::Float32) return {};
    int fewest = kFloatBits;
    for (const auto& [layer, wanted] : plan.layers) {
        if (wanted.levels == WeightLevels::Uniform) fewest = std::min(fewest, wanted.bits);
    }
    if (accuracy.arithmetic == Arithmetic::Integers) {
        if (fewest >= kMostIntegerBits) return words("int8 on the CPU");
        return words("int8 on the CPU, ") + std::to_string(fewest) + words("-bit weights included; the size is as packed");
    }
    return plan.quantizes() ? words("simulated: rounded weights in float32; the size is as packed")
                            : words("simulated: shared weights in float32");
}

std::string layerNumber(const LayerFigures& layer) {
    return (layer.plan.bits >= kFloatBits ? std::string("32") : std::to_string(layer.plan.bits)) + " · " +
           (layer.kept < layer.weights ? sparsityText(layer.sparsity()) : "0 %");
}

std::string pointsText(double accuracy, double original) {
    const double points = 100.0 * (accuracy - original);
    if (std::abs(points) < 0.005) return "±0";
    return (points < 0 ? "▼ " : "▲ ") + fixedText(std::abs(points), 2);
}

std::string sampleText(const PlanAccuracy& accuracy) {
    const ShareInterval interval = wilsonInterval(accuracy.correct, accuracy.images);
    const std::string which = accuracy.whole() ? countText(accuracy.images)
                                               : countText(accuracy.images) + words(" of ") + countText(accuracy.ofAll);
    return "± " + fixedText(100.0 * interval.halfWidth(), 2) + " · " + splitName(accuracy.split) + ", " + which;
}

std::string speedText(const std::vector<SpeedComparison>& speeds) {
    std::string all, why;
    for (const SpeedComparison& speed : speeds) {
        const double factor = speed.slower() ? speed.integerSeconds / speed.floatSeconds : speed.floatSeconds / speed.integerSeconds;
        const std::string verdict = factor < 1.05 ? words("as fast") : fixedText(factor, 1) + (speed.slower() ? words("× slower") : words("× faster"));
        all += (all.empty() ? words("Integers here: ") : "; ") + verdict + words(" at batch ") + countText(speed.batch) + " (" +
               siText(speed.integerSeconds, "s") + words(", float32 ") + siText(speed.floatSeconds, "s") + words(" an image)");
        if (!speed.slower() || factor < 1.05 || !why.empty()) continue;
        why = speed.why.empty() ? words("Rounding every value onto its grid and back costs more here than 8-bit products save.") : sentence(speed.why);
    }
    return all.empty() ? all : all + "." + (why.empty() ? "" : " " + why);
}

std::string decibelsText(double decibels) { return std::isinf(decibels) ? words("exact") : fixedText(decibels, 1) + " dB"; }

std::string shareText(double share) { return valueText(100.0 * share, 2) + " %"; }

double relativeError(double decibels) { return std::isinf(decibels) ? 0.0 : std::pow(10.0, -decibels / 20.0); }

std::vector<ErrorBar> errorBars(const std::vector<LayerQuantizationError>& rows) {
    std::vector<ErrorBar> bars;
    for (const LayerQuantizationError& row : rows) {
        ErrorBar bar{.layer = row.node, .name = QString::fromStdString(row.name), .bits = {}, .weights = relativeError(row.weightSqnr),
                     .outputs = relativeError(row.outputSqnr), .text = QString::fromStdString(decibelsText(row.outputSqnr)), .hint = {}};
        if (row.bits < kFloatBits) bar.bits = QString::number(row.bits);
        std::string hint = words("outputs ") + decibelsText(row.outputSqnr) + " (" + shareText(bar.outputs) + words("), largest error ") + valueText(row.outputMaxError, 3);
        if (row.bits < kFloatBits) {
            hint += words("; weights ") + decibelsText(row.weightSqnr) + " (" + shareText(bar.weights) + words("), largest error ") + valueText(row.weightMaxError, 3);
        }
        bar.hint = QString::fromStdString(hint);
        bars.push_back(std::move(bar));
    }
    return bars;
}

std::string groupWord(Granularity granularity) {
    return granularity == Granularity::Weight ? words("Weights") : granularity == Granularity::Kernel ? words("Kernels") : words("Filters");
}

std::string planTitle(const PlanFigures& figures) {
    std::string title;
    if (figures.kept < figures.weights) title = sparsityText(figures.sparsity()) + words(" pruned");
    if (figures.bits() < kFloatBits - 0.05) title += (title.empty() ? "" : ", ") + formatNumber(std::round(10 * figures.bits()) / 10, 3) + words(" bits");
    return title.empty() ? words("as trained") : title;
}

TradeOff tradeOffPlot(const std::vector<TriedPoint>& points, const TradeOffWords& about) {
    TradeOff result;
    PlotDescription& plot = result.plot;
    plot.title = words("Accuracy against size");
    plot.xAxis = {.label = "KiB", .unit = "", .scale = PlotScale::Log};
    plot.yAxis = {.label = "", .unit = "%", .scale = PlotScale::ErrorLog};
    plot.emptyText = words("Every plan that you try becomes a point here");
    std::vector<Mark> cut, tuned, joined;
    for (const TriedPoint& point : points) {
        const Mark mark{static_cast<double>(point.bytes) / 1024.0, point.accuracy, point.id};
        (point.fineTuned ? tuned : cut).push_back(mark);
        if (point.fineTuned && point.base == about.base) joined.push_back(mark);
    }
    addMarks(result, markSeries(words("cut only"), 5, PlotMarker::Ring), std::move(cut));
    addMarks(result, markSeries(words("fine-tuned"), 3, PlotMarker::Diamond), std::move(tuned));
    std::vector<Mark> original;
    if (about.original && about.denseBytes > 0) original.push_back({static_cast<double>(about.denseBytes) / 1024.0, about.original->share(), -1});
    if (!joined.empty() && !original.empty()) joined.push_back(original.front());
    addMarks(result, markSeries(words("original FP32"), kTextColor, PlotMarker::Square), original);
    PlotSeries line = markSeries("", 3, PlotMarker::None);
    line.line = true;
    addMarks(result, std::move(line), front(std::move(joined)));
    if (about.original) {
        plot.budgets.push_back({shownAccuracy(about.original->share() - about.budget),
                                words("budget: ") + formatNumber(100 * about.budget, 2) + (about.budget == 0.01 ? words(" point") : words(" points"))});
    }
    // Air at both ends, so that no mark is cut.
    double smallest = INFINITY, largest = 0.0, best = 0.0, worst = 1.0;
    for (const PlotSeries& series : plot.series) {
        for (const double x : series.x) smallest = std::min(smallest, x), largest = std::max(largest, x);
        for (const double y : series.y) best = std::max(best, y), worst = std::min(worst, y);
    }
    if (largest > 0) {
        plot.xAxis.minimum = smallest / 1.25;
        plot.xAxis.maximum = largest * 1.25;
        plot.yAxis.maximum = 1.0 - std::max(kSmallestError / 1.5, (1.0 - best) / 1.5);
        plot.yAxis.minimum = std::max(0.0, 1.0 - std::min(1.0, (1.0 - worst) * 1.15));
    }
    return result;
}

}  // namespace convolab
