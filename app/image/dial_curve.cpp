#include "app/image/dial_curve.h"

#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "core/util/interval.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

std::vector<double> places(double low, double high, int count) {
    std::vector<double> result;
    for (int i = 0; i < count; ++i) result.push_back(low + (high - low) * i / (count - 1));
    return result;
}

std::string text(const QString& value) { return value.toStdString(); }

}  // namespace

const std::vector<DialAxis>& dialAxes() {
    static const std::vector<DialAxis> kAxes{
        {QT_TRANSLATE_NOOP("convolab::DialCurve", "shift to the right"), "px", &ImageTransform::shiftX, -8, 8, 0, places(-8, 8, 17)},
        {QT_TRANSLATE_NOOP("convolab::DialCurve", "shift down"), "px", &ImageTransform::shiftY, -8, 8, 0, places(-8, 8, 17)},
        {QT_TRANSLATE_NOOP("convolab::DialCurve", "rotation"), "\u00B0", &ImageTransform::rotation, -180, 180, 0, places(-180, 180, 25)},
        {QT_TRANSLATE_NOOP("convolab::DialCurve", "scale"), "\u00D7", &ImageTransform::scale, 0.5, 2, 1, {0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0}},
        {QT_TRANSLATE_NOOP("convolab::DialCurve", "noise"), "\u03C3", &ImageTransform::noise, 0, 0.5, 0, places(0, 0.5, 11)},
    };
    return kAxes;
}

DialCurve::DialCurve(ImageDesk& desk, QObject* parent) : QObject(parent), m_desk(desk), m_curves(dialAxes().size()) {
    connect(&desk.image, &CurrentImage::datasetChanged, this, [this] {
        m_job.reset();
        std::fill(m_curves.begin(), m_curves.end(), Curve{});
        emit changed();
    });
    connect(&desk.image, &CurrentImage::changed, this, &DialCurve::changed);  // the mark at the dial's value
    connect(&desk.probe, &ProbeSession::weightsChanged, this, &DialCurve::changed);
}

bool DialCurve::canMeasure() const { return m_desk.image.dataset() != nullptr && m_desk.probe.effectiveWeights() != nullptr; }

void DialCurve::setAxis(std::size_t axis) {
    m_axis = axis;
    emit changed();
}

void DialCurve::measure(std::size_t axis, Split split, std::int64_t limit) {
    if (!canMeasure()) return;
    const DialAxis& dial = dialAxes()[axis];
    std::vector<double> order = dial.places;
    std::stable_sort(order.begin(), order.end(), [&](double a, double b) { return std::abs(a - dial.neutral) < std::abs(b - dial.neutral); });
    std::vector<DatasetPtr> sets;
    for (const double place : order) {
        ImageTransform transform;
        transform.*dial.value = place;
        sets.push_back(m_desk.image.datasetThrough(transform));
    }
    const std::int64_t images = sets.front()->size(split);
    m_axis = axis;
    m_curves[axis] = {.points = {}, .weights = m_desk.probe.effectiveWeights(), .split = split, .whole = limit <= 0 || limit >= images};
    m_job.start<bool>(
        tr("Accuracy against %1").arg(tr(dial.label)),
        [this, axis, order, sets, split, limit, spec = m_desk.probe.spec(), weights = m_curves[axis].weights](const BackgroundJob::Context& context) -> Result<bool> {
            for (std::size_t i = 0; i < order.size(); ++i) {
                const auto share = [&](double part) { return context.progress((static_cast<double>(i) + part) / static_cast<double>(order.size())); };
                CONVOLAB_ASSIGN(const PredictionTable table, predictSplit(spec, *weights, *sets[i], split, limit, share));
                const Point point{.place = order[i], .correct = table.correct(), .images = static_cast<std::int64_t>(table.rows.size())};
                context.toUi([this, axis, point] { add(axis, point); });
            }
            return true;
        },
        [](bool) {});
    emit changed();
}

void DialCurve::add(std::size_t axis, const Point& point) {
    auto& points = m_curves[axis].points;
    points.insert(std::upper_bound(points.begin(), points.end(), point, [](const Point& a, const Point& b) { return a.place < b.place; }), point);
    emit changed();
}

PlotDescription DialCurve::plot() const {
    const DialAxis& dial = dialAxes()[m_axis];
    const Curve& curve = m_curves[m_axis];
    PlotDescription plot;
    plot.title = text(tr("Accuracy against %1").arg(tr(dial.label)));
    plot.xAxis = {.label = dial.unit, .unit = "", .minimum = dial.low, .maximum = dial.high};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.legend = false;
    plot.now = std::clamp(m_desk.image.dial().*dial.value, dial.low, dial.high);
    plot.emptyText = text(canMeasure() ? tr("Not measured yet") : tr("Needs a data set and a network without errors"));
    if (curve.points.empty()) return plot;
    double widest = 0.0;
    PlotSeries series;
    series.name = text(tr("accuracy"));
    series.ringAtNewest = false;
    series.marker = PlotMarker::Circle;
    for (const Point& point : curve.points) {
        const ShareInterval interval = wilsonInterval(point.correct, point.images);
        series.x.push_back(point.place);
        series.y.push_back(100.0 * interval.share);
        series.low.push_back(100.0 * interval.low);
        series.high.push_back(100.0 * interval.high);
        widest = std::max(widest, interval.halfWidth());
    }
    if (curve.weights != m_desk.probe.effectiveWeights()) series.dashed = true;
    plot.series.push_back(std::move(series));
    const std::string images = countText(curve.points.front().images);
    const QString sample = curve.whole ? tr("%1 set, %2 images") : tr("%1 set, first %2 images");
    plot.note = text(sample.arg(QString::fromUtf8(splitName(curve.split)), QString::fromStdString(images)) +
                     tr(", \u00B1 %1 at most").arg(QString::fromStdString(percentText(widest, 1))) +
                     (plot.series.front().dashed ? tr(", older weights") : QString()));
    return plot;
}

}  // namespace convolab
