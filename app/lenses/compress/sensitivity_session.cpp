#include "app/lenses/compress/sensitivity_session.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/compress/compress_session.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

std::string words(const char* text) { return QCoreApplication::translate("compress", text).toStdString(); }

constexpr PlotMarker kMarkers[] = {PlotMarker::Circle, PlotMarker::Square, PlotMarker::Triangle, PlotMarker::Diamond};
constexpr double kTens = 10.0;  // per cent
constexpr std::size_t kMostCurves = 8;  // more cannot be told apart: the layers with most weights

/// Of a curve at a sparsity, between its points.
double accuracyAt(const std::vector<double>& x, const std::vector<double>& y, double at) {
    const auto after = std::lower_bound(x.begin(), x.end(), at);
    if (after == x.begin()) return y.front();
    if (after == x.end()) return y.back();
    const auto i = static_cast<std::size_t>(after - x.begin());
    const double share = (at - x[i - 1]) / (x[i] - x[i - 1]);
    return y[i - 1] + share * (y[i] - y[i - 1]);
}

}  // namespace

SensitivitySession::SensitivitySession(ImageDesk& desk, CompressSession& compress, QObject* parent)
    : QObject(parent), m_desk(desk), m_compress(compress) {
    connect(&m_job, &BackgroundJob::changed, this, &SensitivitySession::changed);
}

void SensitivitySession::setKind(Kind kind) {
    if (kind == m_kind) return;
    m_kind = kind;
    emit changed();
}

void SensitivitySession::clear() {
    m_job.reset();
    m_measured = {};
    emit changed();
}

bool SensitivitySession::isStale() const { return now().weights && now().weights != m_compress.base(); }

std::string SensitivitySession::layerName(NodeId layer) const {
    const Node* node = now().network ? now().network->node(layer) : nullptr;
    return node != nullptr ? node->name : std::string();
}

SensitivityOptions SensitivitySession::options(const CompressionPlan& plan) const {
    SensitivityOptions options;
    options.criterion = plan.criterion;
    options.seed = plan.seed;
    options.quantization = plan.quantization;
    // The granularity that the plan uses most.
    for (const Granularity granularity : {Granularity::Kernel, Granularity::Filter}) {
        const bool used = std::any_of(plan.layers.begin(), plan.layers.end(), [granularity](const auto& item) {
            return item.second.sparsity > 0 && item.second.granularity == granularity;
        });
        if (used) options.granularity = granularity;
    }
    if (m_kind == Kind::Pruning) return options;
    options.bits = {8, 7, 6, 5, 4, 3, 2};
    options.levels = plan.shares() && !plan.quantizes() ? WeightLevels::KMeans : WeightLevels::Uniform;
    return options;
}

void SensitivitySession::run() {
    const DatasetPtr dataset = m_desk.image.dataset();
    const LaidPlanPtr laid = m_compress.laid();
    if (!dataset || !laid) return;
    Measured& measured = m_measured[static_cast<std::size_t>(m_kind)];
    measured = {{}, laid->ground.base, laid->ground.network, {}};
    emit changed();
    m_job.start<Sensitivity>(
        tr("Measuring the sensitivity"),
        [this, &measured, network = measured.network, weights = measured.weights, dataset,
         options = options(laid->plan)](const BackgroundJob::Context& context) -> Result<Sensitivity> {
            const auto onPoint = [&](const SensitivityPoint& point) { context.toUi([this, &measured, point] { add(measured, point); }); };
            CONVOLAB_ASSIGN(Sensitivity found, measureSensitivity(*network, *weights, *dataset, options, context.progress, onPoint));
            if (found.cancelled) return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
            return found;
        },
        [this, &measured](Sensitivity found) {
            measured.curves = std::move(found.curves);
            measured.baseline = found.baseline;
            emit changed();
        });
}

void SensitivitySession::add(Measured& measured, const SensitivityPoint& point) {
    auto curve = std::find_if(measured.curves.begin(), measured.curves.end(), [&](const SensitivityCurve& each) { return each.layer == point.layer; });
    if (curve == measured.curves.end()) curve = measured.curves.insert(measured.curves.end(), SensitivityCurve{point.layer, {}});
    curve->points.push_back(point);
    emit changed();
}

PlotDescription sensitivityPlot(const SensitivitySession& sensitivity, const CompressionPlan& plan) {
    PlotDescription plot;
    const bool bits = sensitivity.kind() == SensitivitySession::Kind::Bits;
    plot.title = words("Sensitivity");
    plot.xAxis = {.label = words("cut"), .unit = "%", .minimum = 0.0, .maximum = 100.0};
    if (bits) plot.xAxis = {.label = words("bits"), .unit = "", .minimum = 2.0, .maximum = 8.0};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = bits ? words("Rounds one layer at a time: press Measure") : words("Prunes one layer at a time: press Measure");
    plot.legendInside = true;
    std::vector<const SensitivityCurve*> shown;
    for (const SensitivityCurve& curve : sensitivity.curves()) shown.push_back(&curve);
    if (shown.size() > kMostCurves) shown.resize(kMostCurves);
    std::vector<std::pair<double, double>> marks;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        PlotSeries series;
        series.name = sensitivity.layerName(shown[i]->layer);
        series.colorIndex = static_cast<int>(i % 5);
        series.marker = kMarkers[i % std::size(kMarkers)];
        series.ringAtNewest = false;
        series.dashed = i >= 5;
        if (!bits && sensitivity.baseline().images > 0) {
            series.x.push_back(0.0);
            series.y.push_back(100.0 * sensitivity.baseline().accuracy());
        }
        std::vector<SensitivityPoint> points = shown[i]->points;
        if (bits) std::reverse(points.begin(), points.end());  // x ascends
        for (const SensitivityPoint& point : points) {
            series.x.push_back(bits ? point.bits : 100.0 * point.sparsity);
            series.y.push_back(100.0 * point.answer.accuracy());
        }
        const LayerCompression& wanted = plan.of(shown[i]->layer);
        const double at = bits ? wanted.bits : 100.0 * wanted.sparsity;
        const bool there = bits ? wanted.bits < kFloatBits : wanted.sparsity > 0;
        if (there && !series.x.empty()) marks.push_back({at, accuracyAt(series.x, series.y, at)});
        plot.series.push_back(std::move(series));
    }
    if (bits) {
        // Most bits cost next to nothing: what they cost would be a flat line over the whole range.
        double worst = 100.0;
        for (const PlotSeries& series : plot.series) {
            for (const double y : series.y) worst = std::min(worst, y);
        }
        plot.yAxis.minimum = std::max(0.0, kTens * std::floor(worst / kTens - 0.05));
    }
    if (!marks.empty()) {
        std::sort(marks.begin(), marks.end());
        PlotSeries inPlan;
        inPlan.name = words("in the plan");
        inPlan.colorIndex = kTextColor;
        inPlan.marker = PlotMarker::Ring;
        inPlan.line = false;
        inPlan.ringAtNewest = false;
        for (const auto& [x, y] : marks) {
            inPlan.x.push_back(x);
            inPlan.y.push_back(y);
        }
        plot.series.push_back(std::move(inPlan));
    }
    if (sensitivity.isStale()) plot.title += words(" (of earlier weights)");
    return plot;
}

}  // namespace convolab
