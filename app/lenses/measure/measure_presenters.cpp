#include "app/lenses/measure/measure_presenters.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/attack/attack_text.h"
#include "core/measure/platforms.h"
#include "core/measure/roofline.h"
#include "core/util/interval.h"
#include "core/util/text.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

constexpr int kOldColor = kSeriesColors - 1;
constexpr double kMicro = 1e6;

QString tr(const char* text) { return QCoreApplication::translate("measure", text); }
QString words(const std::string& text) { return QString::fromStdString(text); }
const QString kNothing = QStringLiteral("–");

std::string plusMinus(double accuracy, std::int64_t images) {
    const auto interval = wilsonInterval(std::llround(accuracy * static_cast<double>(images)), images);
    return fixedText(100.0 * accuracy, 2) + " ± " + fixedText(100.0 * interval.halfWidth(), 2) + " %";
}

/// What a bar compares, smaller or larger is better.
struct Compared {
    std::optional<double> value;
    QString text;
};

void fillBars(LaserRow& row, const std::vector<MeasuredNetwork>& networks, const std::vector<Compared>& values, bool smallerIsBetter,
              bool modelled) {
    double longest = 0.0;
    std::optional<double> best;
    for (const Compared& each : values) {
        if (!each.value) continue;
        longest = std::max(longest, *each.value);
        if (!best || (smallerIsBetter ? *each.value < *best : *each.value > *best)) best = each.value;
    }
    for (std::size_t i = 0; i < networks.size(); ++i) {
        LaserRow::Bar bar;
        bar.name = networks[i].name;
        if (networks[i].card->arithmetic != LaserCard().arithmetic) bar.name += QStringLiteral(" · ") + words(networks[i].card->arithmetic);
        bar.known = values[i].value.has_value();
        bar.text = bar.known ? values[i].text : kNothing;
        bar.fraction = bar.known && longest > 0.0 ? *values[i].value / longest : 0.0;
        bar.modelled = modelled;
        bar.best = networks.size() > 1 && bar.known && *values[i].value == *best;
        row.bars.push_back(std::move(bar));
    }
}

template <class Value>
std::vector<Compared> compared(const std::vector<MeasuredNetwork>& networks, Value value) {
    std::vector<Compared> all;
    for (const MeasuredNetwork& network : networks) all.push_back(value(*network.card));
    return all;
}

LaserRow latencyRow(const std::vector<MeasuredNetwork>& networks, std::int64_t batch) {
    LaserRow row{.letter = QStringLiteral("L")};
    const LaserCard& card = *networks.front().card;
    if (const BatchLatency* latency = card.latency.find(batch)) {
        row.value = words(siText(latency->seconds.median, "s"));
        // What does not run in float32 says so; the rest of the spread is in the tooltip.
        const bool usual = card.arithmetic == LaserCard().arithmetic;
        row.caption = tr("Latency · batch %1 · %2").arg(batch).arg(usual ? tr("p95 ") + words(siText(latency->seconds.p95, "s")) : words(card.arithmetic));
        row.how = tr("Median of %1 runs after %2 to warm up, quartiles %3 to %4, %5 threads, %6, random images%7")
                      .arg(latency->runs).arg(latency->warmUpRuns)
                      .arg(words(siText(latency->seconds.q1, "s")), words(siText(latency->seconds.q3, "s"))).arg(card.latency.threads)
                      .arg(words(card.arithmetic), latency->shared ? tr("; a training shared the processor") : QString());
    }
    fillBars(row, networks, compared(networks, [batch](const LaserCard& each) -> Compared {
                 const BatchLatency* latency = each.latency.find(batch);
                 if (latency == nullptr) return {};
                 return {latency->seconds.median, words(siText(latency->seconds.median, "s"))};
             }), true, false);
    return row;
}

LaserRow accuracyRow(const std::vector<MeasuredNetwork>& networks) {
    LaserRow row{.letter = QStringLiteral("A"), .value = kNothing, .caption = tr("Accuracy · not measured")};
    if (const auto& accuracy = networks.front().card->accuracy) {
        row.value = words(plusMinus(accuracy->top1, accuracy->images));
        row.caption = tr("Accuracy · %1, %2 · top-5 %3")
                          .arg(QLatin1String(splitName(accuracy->split)), words(countText(accuracy->images)),
                               words(percentText(accuracy->top5)));
        row.how = tr("%1, 95 % Wilson interval").arg(words(accuracy->dataset));
    }
    fillBars(row, networks, compared(networks, [](const LaserCard& each) -> Compared {
                 if (!each.accuracy) return {};
                 return {each.accuracy->top1, words(percentText(each.accuracy->top1))};
             }), false, false);
    return row;
}

LaserRow sizeRow(const std::vector<MeasuredNetwork>& networks) {
    const SizeFigures& size = networks.front().card->size;
    LaserRow row{.letter = QStringLiteral("S"), .value = words(bytesText(static_cast<double>(size.shippedBytes())))};
    row.caption = tr("Size · %1 par. · %2FLOP").arg(words(countText(size.parameters)), words(compactText(static_cast<double>(size.flops()))) + (size.flops() < 1000 ? QStringLiteral(" ") : QString()));
    row.how = tr("%1 parameters, %2 MACs; weights %3%4%5; activations %6, of which %7 at once; %8 moved for one image")
                  .arg(words(countText(size.parameters)), words(countText(size.macs)), words(bytesText(static_cast<double>(size.weightBytes))),
                       size.onnxBytes ? tr(", as ONNX %1").arg(words(bytesText(static_cast<double>(*size.onnxBytes)))) : QString(),
                       size.documentBytes ? tr(", the document %1").arg(words(bytesText(static_cast<double>(*size.documentBytes)))) : QString(),
                       words(bytesText(static_cast<double>(size.activationBytes))), words(bytesText(static_cast<double>(size.arenaBytes))),
                       words(bytesText(static_cast<double>(size.bytesMoved))));
    fillBars(row, networks, compared(networks, [](const LaserCard& each) -> Compared {
                 const auto bytes = static_cast<double>(each.size.shippedBytes());
                 return {bytes, words(bytesText(bytes))};
             }), true, false);
    return row;
}

LaserRow energyRow(const std::vector<MeasuredNetwork>& networks) {
    const LaserCard& card = *networks.front().card;
    LaserRow row{.letter = QStringLiteral("E"), .value = words(siText(card.energy.total(), "J"))};
    row.caption = tr("Energy an image · batch %1 · %2").arg(card.energy.options.batch).arg(QLatin1String(weightHomeLabel(card.energy.level)));
    row.how = QLatin1String(kModelledWording) +
              (card.measuredEnergy ? tr("; measured (RAPL, whole package, idle subtracted) %1").arg(words(siText(card.measuredEnergy->joulesPerImage, "J")))
                                   : QStringLiteral("; ") + words(card.measuredEnergyNote));
    fillBars(row, networks, compared(networks, [](const LaserCard& each) -> Compared {
                 return {each.energy.total(), words(siText(each.energy.total(), "J"))};
             }), true, true);
    return row;
}

LaserRow robustnessRow(const std::vector<MeasuredNetwork>& networks) {
    LaserRow row{.letter = QStringLiteral("R"), .value = kNothing, .caption = tr("Robustness · not measured")};
    if (const auto& robustness = networks.front().card->robustness) {
        row.value = words(percentText(robustness->robustAccuracy, 1));
        const AttackMethod* method = findAttackMethod(robustness->attack.method);
        row.caption = tr("Robustness · %1 ε %2%3")
                          .arg(words(method != nullptr ? method->label : robustness->attack.method), words(valueText(robustness->attack.epsilon, 3)),
                               robustness->rho ? QStringLiteral(" · ρ̂ ") + words(valueText(*robustness->rho, 3)) : QString());
        row.how = tr("Accuracy under %1 on %2 %3 images: %4%5")
                      .arg(words(attackText(robustness->attack))).arg(robustness->images).arg(QLatin1String(splitName(robustness->split)),
                           words(plusMinus(robustness->robustAccuracy, robustness->images)),
                           robustness->rho ? tr("; ρ̂ by DeepFool on %1").arg(robustness->rhoImages) : QString());
    }
    fillBars(row, networks, compared(networks, [](const LaserCard& each) -> Compared {
                 if (!each.robustness) return {};
                 return {each.robustness->robustAccuracy, words(percentText(each.robustness->robustAccuracy, 1))};
             }), false, false);
    return row;
}

}  // namespace

QString metricLabel(const LayerMetric& metric) { return tr(metric.label.c_str()); }

QString metricText(const LayerMetric& metric, const std::optional<double>& value) {
    if (!value) return kNothing;
    if (metric.unit == "B") return words(bytesText(*value));
    if (metric.unit.empty()) return words(countText(std::llround(*value)));
    return words(siText(*value, metric.unit));
}

FigureText figureText(const LayerMetric& metric, double value) {
    if (metric.unit.empty()) return {words(compactText(value)), metricLabel(metric)};
    const QString whole = metric.unit == "B" ? words(bytesText(value)) : words(siText(value, metric.unit));
    return {whole.section(QLatin1Char(' '), 0, 0), whole.section(QLatin1Char(' '), 1)};
}

std::vector<LaserRow> laserRows(const std::vector<MeasuredNetwork>& networks, std::int64_t batch) {
    if (networks.empty()) return {};
    return {latencyRow(networks, batch), accuracyRow(networks), sizeRow(networks), energyRow(networks), robustnessRow(networks)};
}

QString laserText(const std::vector<LaserRow>& rows) {
    QString text;
    for (const LaserRow& row : rows) {
        text += row.letter + QStringLiteral("  ") + row.value + QStringLiteral("  ") + row.caption + QLatin1Char('\n');
        for (std::size_t i = 1; i < row.bars.size(); ++i)
            text += QStringLiteral("   ") + row.bars[i].name + QStringLiteral(": ") + row.bars[i].text + (row.bars[i].best ? tr(" (best)") : QString()) + QLatin1Char('\n');
    }
    return text;
}

std::vector<LayerRowFigures> layerRows(const LaserCard& card, std::int64_t batch) {
    std::vector<LayerRowFigures> rows;
    LayerRowFigures between{.name = tr("Between layers"), .kind = LayerRowFigures::Kind::Between};
    LayerRowFigures network{.name = tr("Network"), .kind = LayerRowFigures::Kind::Network};
    const auto& metrics = layerMetrics();
    network.values.assign(metrics.size(), 0.0);
    between.values.resize(metrics.size());
    for (std::size_t i = 0; i < card.work.size(); ++i) {
        LayerRowFigures row{card.work[i].node, words(card.work[i].name), words(card.work[i].output.text()), {}, LayerRowFigures::Kind::Layer};
        for (std::size_t m = 0; m < metrics.size(); ++m) {
            row.values.push_back(metrics[m]->value(card, i, batch));
            *network.values[m] += row.values.back().value_or(0.0);
        }
        rows.push_back(std::move(row));
    }
    const BatchLatency* latency = card.latency.find(batch);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
        if (metrics[m]->id != "time") continue;
        network.values[m] = latency == nullptr ? std::nullopt : std::optional(latency->perImage());
        if (latency != nullptr) between.values[m] = latency->betweenLayers() / static_cast<double>(batch);
    }
    rows.push_back(std::move(between));
    rows.push_back(std::move(network));
    return rows;
}

RooflinePicture rooflinePicture(const LaserCard* card, const std::optional<MachinePeak>& peak, const std::set<NodeId>& selected,
                                const QString& emptyText) {
    RooflinePicture picture;
    picture.emptyText = emptyText.toStdString();
    if (card == nullptr || !peak) return picture;
    const std::string arithmetic = peak->instructions + ", " + siText(peak->flops, "FLOP/s");
    picture.roofs.push_back({arithmetic, peak->flops, peak->memoryBytes, siText(peak->memoryBytes, "B/s"), false});
    picture.roofs.push_back({"", peak->flops, peak->cacheBytes, siText(peak->cacheBytes, "B/s") + tr(" caches").toStdString(), true});
    picture.roofs.push_back({tr("scalar, ").toStdString() + siText(peak->scalarFlops, "FLOP/s"), peak->scalarFlops, 0.0, "", true});
    picture.firstLabel = tr("batch 1").toStdString();
    picture.secondLabel = card->latency.threads == 1 ? tr("batch 64, 1 thread").toStdString()
                                                     : tr("batch 64, %1 threads").arg(card->latency.threads).toStdString();
    for (const LayerWork& work : card->work) {
        RooflinePicture::Layer layer;
        layer.name = work.name;
        layer.group = groupColorOfKind(work.kind);
        layer.key = work.node.value;
        layer.selected = selected.contains(work.node);
        for (const std::int64_t batch : {1, 64}) {
            const BatchLatency* latency = card->latency.find(batch);
            if (latency == nullptr) continue;
            const auto points = roofline(std::span(&work, 1), *latency, *peak);
            if (points.empty()) continue;
            (batch == 1 ? layer.first : layer.second) = RooflinePicture::Place{points[0].flopPerByte, points[0].flops};
            if (batch == 1) {
                layer.note = points[0].insideCaches ? tr("faster than memory: it lives in the caches").toStdString()
                             : points[0].memoryBound ? tr("limited by memory").toStdString()
                                                     : tr("limited by arithmetic").toStdString();
            }
        }
        if (layer.first || layer.second) picture.layers.push_back(std::move(layer));
    }
    if (picture.layers.empty()) picture.emptyText = tr("No layer has MACs").toStdString();
    return picture;
}

std::vector<DeviceBar> deviceBars(const LaserCard& card, std::int64_t batch, const std::optional<MachinePeak>& peak) {
    std::vector<DeviceBar> bars;
    if (const BatchLatency* latency = card.latency.find(batch)) {
        const double rate = 1.0 / latency->perImage();
        const QString threads = card.latency.threads == 1 ? tr("1 thread") : tr("%1 threads").arg(card.latency.threads);
        bars.push_back({tr("This CPU, %1").arg(threads), words(compactText(rate)),
                        tr("measured%1").arg(peak ? QStringLiteral(", ") + words(peak->processor) : QString()), rate, true, true});
    }
    for (const Platform& platform : platforms()) {
        const auto guess = estimate(platform, card.work, batch);
        if (!guess) continue;
        QString how = tr("modelled by %1; small networks never reach such rates").arg(words(guess->rule));
        if (!platform.slip.empty()) how += tr("; printed slip: %1").arg(words(platform.slip));
        bars.push_back({words(platform.name), words(compactText(guess->imagesPerSecond)), how, guess->imagesPerSecond, false, false});
    }
    return bars;
}

PlotDescription batchPlot(const std::vector<MeasuredNetwork>& networks, std::int64_t batch) {
    PlotDescription plot;
    plot.title = tr("Time over the batch").toStdString();
    plot.emptyText = tr("Not measured yet").toStdString();
    plot.xAxis = {.label = tr("batch").toStdString(), .unit = "", .scale = PlotScale::Log};
    plot.yAxis = {.label = tr("per image").toStdString(), .unit = "µs", .scale = PlotScale::Log};
    constexpr PlotMarker kMarkers[] = {PlotMarker::Circle, PlotMarker::Square, PlotMarker::Triangle, PlotMarker::Diamond};
    for (std::size_t i = 0; i < networks.size(); ++i) {
        PlotSeries series;
        series.name = networks[i].name.toStdString();
        series.colorIndex = static_cast<int>(i) % kOldColor;
        series.marker = kMarkers[i % std::size(kMarkers)];
        series.ringAtNewest = false;
        series.emphasised = networks[i].isOpen();
        std::vector<BatchLatency> batches = networks[i].card->latency.batches;
        std::sort(batches.begin(), batches.end(), [](const auto& a, const auto& b) { return a.batch < b.batch; });
        for (const BatchLatency& latency : batches) {
            const double scale = kMicro / static_cast<double>(latency.batch);
            series.x.push_back(static_cast<double>(latency.batch));
            series.y.push_back(latency.seconds.median * scale);
            series.low.push_back(latency.seconds.q1 * scale);
            series.high.push_back(latency.seconds.q3 * scale);
        }
        if (!series.x.empty()) plot.series.push_back(std::move(series));
    }
    plot.legend = networks.size() > 1;
    plot.note = tr("measured").toStdString();
    if (!plot.series.empty()) plot.now = static_cast<double>(batch);
    return plot;
}

PlotDescription paretoPlot(const std::vector<MeasuredNetwork>& networks, const LaserAxis& x, const LaserAxis& y) {
    PlotDescription plot;
    plot.title = tr("What no other beats").toStdString();
    plot.emptyText = tr("Not measured yet").toStdString();
    const auto axis = [](const LaserAxis& of) {
        PlotAxis made{.label = of.label, .unit = of.share ? "" : of.unit, .scale = of.share ? PlotScale::ErrorLog : PlotScale::Log};
        if (of.id == "size") made.unit = "KiB";
        if (of.id == "latency") made.unit = "µs";
        if (of.id == "energy") made.unit = "µJ";
        return made;
    };
    plot.xAxis = axis(x);
    plot.yAxis = axis(y);
    const auto shown = [](const LaserAxis& of, double value) {
        if (of.share) return std::min(1.0 - value, 0.9999);
        return of.id == "size" ? value / 1024.0 : value * kMicro;
    };
    std::vector<std::vector<std::optional<double>>> points;
    for (const MeasuredNetwork& network : networks) points.push_back({x.value(*network.card), y.value(*network.card)});
    const std::vector<bool> front = nonDominated(points);
    std::vector<std::pair<double, double>> line;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!points[i][0] || !points[i][1]) continue;
        const double px = shown(x, *points[i][0]), py = shown(y, *points[i][1]);
        if (front[i]) line.emplace_back(px, py);
        PlotSeries series;
        series.name = networks[i].name.toStdString();
        series.colorIndex = static_cast<int>(i) % kOldColor;
        series.marker = networks[i].isOpen() ? PlotMarker::Square : PlotMarker::Circle;
        series.ringAtNewest = false;
        series.x = {px};
        series.y = {py};
        plot.series.push_back(std::move(series));
    }
    if (line.size() > 1) {
        std::sort(line.begin(), line.end());
        PlotSeries series;
        series.name = tr("not beaten").toStdString();
        series.colorIndex = kOldColor;
        series.dashed = true;
        for (const auto& [px, py] : line) {
            series.x.push_back(px);
            series.y.push_back(py);
        }
        plot.series.insert(plot.series.begin(), std::move(series));
    }
    plot.legendInside = true;
    return plot;
}

}  // namespace convolab
