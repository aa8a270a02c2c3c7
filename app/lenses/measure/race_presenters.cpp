#include "app/lenses/measure/race_presenters.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "widgets/canvas/layer_group_style.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

constexpr int kFitPoints = 40;
constexpr PlotMarker kMarkers[] = {PlotMarker::Circle, PlotMarker::Square, PlotMarker::Triangle, PlotMarker::Diamond};

QString tr(const char* text) { return QCoreApplication::translate("RacePresenters", text); }
QString words(const std::string& text) { return QString::fromStdString(text); }
QString timeText(double seconds) { return words(siText(seconds, "s")); }

PlotSeries seriesOf(std::size_t index, const std::string& name) {
    PlotSeries series;
    series.name = name;
    series.colorIndex = static_cast<int>(index);
    series.ringAtNewest = false;
    return series;
}

PlotDescription lossPlot(const Race& race, bool overTime) {
    PlotDescription plot;
    plot.title = (overTime ? tr("Loss over the time") : tr("Loss over the steps")).toStdString();
    plot.xAxis = {.label = (overTime ? tr("training time") : tr("step")).toStdString(), .unit = overTime ? "s" : ""};
    plot.yAxis = {.label = tr("loss").toStdString(), .unit = "", .scale = PlotScale::Log};
    for (std::size_t i = 0; i < race.lanes.size(); ++i) {
        PlotSeries series = seriesOf(i, race.lanes[i].device);
        series.dashed = !overTime && i > 0;  // it lies on the first
        series.ringAtNewest = overTime;
        for (const StepMetrics& step : race.lanes[i].steps) {
            series.x.push_back(overTime ? step.seconds : static_cast<double>(step.step));
            series.y.push_back(step.loss);
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

/// The rows of one number each, "–" where a lane has none.
template <class Value>
RaceRow rowOf(const QString& name, const Race& race, bool isPart, Value&& value) {
    RaceRow row{.name = name, .times = {}, .details = {}, .isPart = isPart};
    for (const RaceLane& lane : race.lanes) {
        const std::optional<double> seconds = value(lane);
        const bool known = seconds.has_value();
        row.times.push_back(known ? timeText(*seconds) : QStringLiteral("–"));
        row.details.push_back(known && lane.step.whole > 0.0
                                  ? tr("%1: %2 of the step").arg(words(lane.device), words(percentText(*seconds / lane.step.whole, 1)))
                                  : tr("%1 does not say").arg(words(lane.device)));
    }
    return row;
}

void addLayers(const Race& race, std::vector<RaceRow>& rows) {
    std::vector<std::string> names;
    for (const RaceLane& lane : race.lanes) {
        for (const RaceLayer& layer : lane.step.layers) {
            if (std::ranges::find(names, layer.name) == names.end()) names.push_back(layer.name);
        }
    }
    for (const std::string& name : names) {
        const auto layerOf = [&](const RaceLane& lane) -> const RaceLayer* {
            const auto found = std::ranges::find(lane.step.layers, name, &RaceLayer::name);
            return found == lane.step.layers.end() ? nullptr : &*found;
        };
        RaceRow row = rowOf(words(name), race, false, [&](const RaceLane& lane) {
            const RaceLayer* layer = layerOf(lane);
            return layer == nullptr ? std::nullopt : std::optional(layer->seconds());
        });
        for (std::size_t i = 0; i < race.lanes.size(); ++i) {
            const RaceLayer* layer = layerOf(race.lanes[i]);
            if (layer == nullptr) row.details[i] = tr("On %1 it is part of another layer, or not timed").arg(words(race.lanes[i].device));
            else row.details[i] += tr("\nforward %1, backward %2").arg(timeText(layer->forward), timeText(layer->backward));
        }
        rows.push_back(std::move(row));
    }
}

QString unitsText(Units units) {
    return units == Units::TensorHalf ? tr("tensor, 16 bits") : units == Units::TensorTf32 ? tr("tensor, TF32") : tr("CUDA cores");
}

/// The last device's roofs count; those of tensor cores where a layer runs on them.
void addRoofs(const RaceLane& lane, RooflinePicture& picture) {
    const auto add = [&](Units units, const QString& what) {
        const double flops = roofOf(lane.peak, units);
        if (flops <= 0.0) return;
        const QString device = lane.isGpu ? tr("GPU") : tr("CPU");
        const std::string name = (what.isEmpty() ? device : tr("%1 %2").arg(device, what)).toStdString();
        const bool slopes = units == Units::Plain && lane.peak.bytes > 0.0;
        picture.roofs.push_back({name + ", " + siText(flops, "FLOP/s"), flops, slopes ? lane.peak.bytes : 0.0,
                                 slopes ? siText(lane.peak.bytes, "B/s") : std::string(), !picture.roofs.empty()});
    };
    add(Units::Plain, {});
    for (const Units units : {Units::TensorTf32, Units::TensorHalf}) {
        const bool used = std::ranges::any_of(lane.step.layers, [&](const RaceLayer& layer) { return layer.units == units; });
        if (used) add(units, units == Units::TensorTf32 ? tr("TF32") : tr("16 bits"));
    }
}

}  // namespace

std::vector<PlotDescription> racePlots(const Race& race) { return {lossPlot(race, false), lossPlot(race, true)}; }

PlotDescription sweepPlot(const Sweep& sweep) {
    const bool parameters = sweep.quantity == "n";
    PlotDescription plot;
    plot.title = (parameters ? tr("Time of a step over the width") : tr("Time of a step over the batch")).toStdString();
    plot.xAxis = {.label = (parameters ? tr("trainable parameters") : tr("images per batch")).toStdString(), .unit = "", .scale = PlotScale::Log};
    plot.yAxis = {.label = tr("per step").toStdString(), .unit = "ms", .scale = PlotScale::Log};
    for (std::size_t i = 0; i < sweep.lanes.size(); ++i) {
        const SweepLane& lane = sweep.lanes[i];
        PlotSeries measured = seriesOf(i, lane.device);
        measured.marker = kMarkers[i % std::size(kMarkers)];
        measured.line = false;
        for (std::size_t k = 0; k < lane.seconds.size(); ++k) {
            measured.x.push_back(sweep.load[k]);
            measured.y.push_back(1e3 * lane.seconds[k]);
        }
        plot.series.push_back(std::move(measured));
        PlotSeries fitted = seriesOf(i, tr("%1, fitted").arg(words(lane.device)).toStdString());
        fitted.dashed = true;
        const double low = std::log(sweep.load.front()), high = std::log(sweep.load.back());
        for (int k = 0; k < kFitPoints; ++k) {
            const double load = std::exp(low + (high - low) * k / (kFitPoints - 1.0));
            fitted.x.push_back(load);
            fitted.y.push_back(1e3 * lane.fit.at(load));
        }
        plot.series.push_back(std::move(fitted));
    }
    if (sweep.crossover && sweep.crossover->measured) {
        const double size = sweep.crossover->size;
        const QString text = parameters ? tr("n = %1").arg(words(countText(std::llround(size)))) : words(countText(std::llround(size)));
        plot.events.push_back({parameters ? denseParameters(size) : size, text.toStdString()});
    }
    return plot;
}

std::vector<RaceRow> raceRows(const Race& race) {
    std::vector<RaceRow> rows;
    addLayers(race, rows);
    const auto part = [&](const QString& name, double RaceStep::*member, bool gpuOnly) {
        rows.push_back(rowOf(name, race, true, [&](const RaceLane& lane) -> std::optional<double> {
            const double seconds = lane.step.*member;
            if (seconds <= 0.0 && (gpuOnly || lane.step.layers.empty())) return std::nullopt;
            return seconds;
        }));
    };
    part(tr("Loss"), &RaceStep::loss, false);
    part(tr("Update of the weights"), &RaceStep::update, false);
    part(tr("Launches"), &RaceStep::launch, true);
    part(tr("Copies"), &RaceStep::copies, true);
    part(tr("Kernels, all"), &RaceStep::kernels, false);
    part(tr("Whole step"), &RaceStep::whole, false);
    return rows;
}

RooflinePicture rooflinePicture(const Race& race) {
    RooflinePicture picture;
    picture.emptyText = tr("Not run yet").toStdString();
    if (race.lanes.empty()) return picture;
    for (auto lane = race.lanes.rbegin(); lane != race.lanes.rend(); ++lane) addRoofs(*lane, picture);
    picture.firstLabel = race.lanes[0].device;
    picture.secondLabel = race.lanes.size() > 1 ? race.lanes[1].device : std::string();
    for (std::size_t i = 0; i < std::min<std::size_t>(2, race.lanes.size()); ++i) {
        for (const RaceLayer& layer : race.lanes[i].step.layers) {
            if (layer.work.forward.flop <= 0.0 || layer.forward <= 0.0) continue;
            auto shown = std::ranges::find(picture.layers, layer.name, &RooflinePicture::Layer::name);
            if (shown == picture.layers.end()) {
                shown = picture.layers.insert(shown, {.name = layer.name, .group = groupColorOfKind(layer.kind), .key = layer.node.value, .first = {}, .second = {}});
            }
            (i == 0 ? shown->first : shown->second) = RooflinePicture::Place{layer.work.forward.flopPerByte(), layer.work.forward.flop / layer.forward};
        }
    }
    if (picture.layers.empty()) picture.emptyText = tr("No layer has MACs").toStdString();
    return picture;
}

const RaceLane* rooflineLane(const Race& race) {
    const auto found = std::ranges::find_if(race.lanes.rbegin(), race.lanes.rend(), [](const RaceLane& lane) { return !lane.step.layers.empty(); });
    return found == race.lanes.rend() ? nullptr : &*found;
}

QStringList rooflineHeader(const RaceLane& lane) {
    QStringList header{tr("layer"), tr("FLOP/s"), tr("of peak"), tr("bytes/s"), tr("of peak")};
    if (lane.isGpu) header << tr("occupancy") << tr("units");
    return header;
}

std::vector<RaceRow> rooflineRows(const RaceLane& lane) {
    std::vector<RaceRow> rows;
    const auto share = [](double value) { return value > 0.0 ? words(percentText(value, value < 0.1 ? 1 : 0)) : QStringLiteral("–"); };
    const auto rate = [](double value, const char* unit) { return value > 0.0 ? words(siText(value, unit)) : QStringLiteral("–"); };
    for (const RaceLayer& layer : lane.step.layers) {
        if (layer.forward <= 0.0) continue;  // it runs as part of another one
        const PassRate forward = passRate(layer.work.forward, layer.forward, lane.peak, layer.units);
        const PassRate backward = passRate(layer.work.backward, layer.backward, lane.peak, layer.units);
        RaceRow row{.name = words(layer.name), .times = {}, .details = {}};
        row.times << rate(forward.flops, "FLOP/s") << share(forward.ofArithmetic) << rate(forward.bytesPerSecond, "B/s") << share(forward.ofMemory);
        if (lane.isGpu) row.times << share(layer.occupancy) << unitsText(layer.units);
        QString detail = tr("%1 on %2, batch by batch\nforward %3: %4, %5\nbackward %6: %7, %8")
                             .arg(words(layer.name), words(lane.device), timeText(layer.forward), rate(forward.flops, "FLOP/s"), rate(forward.bytesPerSecond, "B/s"),
                                  timeText(layer.backward), rate(backward.flops, "FLOP/s"), rate(backward.bytesPerSecond, "B/s"));
        if (forward.ofMemory > 1.0) detail += tr("\nfaster than memory: it lives in the caches");
        else if (layer.work.forward.flop > 0.0 && lane.peak.bytes > 0.0) detail += forward.memoryBound ? tr("\nlimited by memory") : tr("\nlimited by arithmetic");
        row.details.fill(detail, row.times.size());
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<RaceRow> raceRows(const Sweep& sweep) {
    std::vector<RaceRow> rows;
    for (std::size_t k = 0; k < sweep.sizes.size(); ++k) {
        RaceRow row{.name = words(countText(std::llround(sweep.sizes[k]))), .times = {}, .details = {}, .isPart = false};
        for (const SweepLane& lane : sweep.lanes) {
            const bool known = k < lane.seconds.size();
            row.times.push_back(known ? timeText(lane.seconds[k]) : QStringLiteral("–"));
            row.details.push_back(known ? tr("%1: the fitted line says %2").arg(words(lane.device), timeText(lane.fit.at(sweep.load[k])))
                                        : words(lane.ended ? lane.ended->sentence() : std::string()));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace convolab
