#include "core/measure/race.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/graph/analysis.h"
#include "core/graph/presets.h"
#include "core/measure/step_layers.h"
#include "core/measure/timed_steps.h"
#include "core/train/training_loop.h"
#include "core/util/check.h"
#include "core/util/device_lost.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kPartRuns = 20;
constexpr std::int64_t kFewestSteps = 3, kMostSteps = 200;
constexpr std::size_t kSlopePoints = 2;

Error cancelled() { return {ErrorCode::Cancelled, "the measurement was cancelled", {}, {}}; }

/// A device's own errors do not say whose they are.
Error onDevice(Error error, const RaceDevice& device) {
    if (error.code != ErrorCode::Cancelled) error.message = "on " + device.name + ": " + error.message;
    return error;
}

template <class Work>
auto guarded(const RaceDevice& device, Work&& work) -> decltype(work()) {
    try {
        auto result = work();
        if (!result.ok()) return onDevice(result.error(), device);
        return result;
    } catch (const DeviceLost& lost) {
        return onDevice(lost.error, device);
    }
}

Progress part(const Progress& progress, double from, double share) {
    return [&progress, from, share](double done) { return !progress || progress(from + share * done); };
}

Result<double> medianStep(const RaceDevice& device, const NetworkSpec& spec, std::int64_t batch, double seconds) {
    CONVOLAB_ASSIGN(TimedSteps steps, TimedSteps::make(spec, StepTask::Train, batch, device.compile));
    const double first = steps.run(kFewestSteps);  // warm: memory touched, kernels loaded, steps recorded
    return steps.run(std::clamp(static_cast<std::int64_t>(seconds / std::max(1e-6, first)), kFewestSteps, kMostSteps));
}

Result<RaceStep> partsOf(const RaceDevice& device, const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress) {
    if (device.parts) return device.parts(spec, batch, runs, progress);
    CONVOLAB_ASSIGN(const double whole, medianStep(device, spec, batch, 0.0));
    return RaceStep{.whole = whole};
}

void addWork(const NetworkSpec& spec, std::int64_t batch, std::vector<RaceLayer>& layers) {
    const Analysis analysis = analyze(spec);
    for (RaceLayer& layer : layers) {
        const auto node = std::ranges::find(spec.nodes(), layer.name, &Node::name);
        if (node == spec.nodes().end()) continue;
        layer.node = node->id;
        layer.kind = node->kind;
        layer.work = stepWork(spec, analysis, node->id, batch);
    }
}

Result<RaceLane> runLane(const NetworkSpec& spec, const DatasetPtr& dataset, const Recipe& recipe, const RaceDevice& device, std::int64_t steps,
                         const Progress& progress) {
    RaceLane lane{.id = device.id, .device = device.name, .isGpu = device.isGpu, .emulated = device.emulated};
    CONVOLAB_ASSIGN(const auto loop, TrainingLoop::create(spec, dataset, recipe, nullptr, nullptr, {}, {}, device.compile));
    while (!loop->finished()) {
        if (!progress(0.7 * static_cast<double>(loop->step()) / static_cast<double>(steps))) return cancelled();
        CONVOLAB_RETURN_IF_ERROR(loop->runStep());
    }
    lane.steps = loop->history().steps;
    const std::int64_t batch = std::min(recipe.batchSize, dataset->size(Split::Train));
    CONVOLAB_ASSIGN(lane.step, partsOf(device, spec, batch, kPartRuns, part(progress, 0.7, 0.3)));
    addWork(spec, batch, lane.step.layers);
    if (device.peak) {
        CONVOLAB_ASSIGN(lane.peak, device.peak());
    }
    return lane;
}

/// One of the two sweeps: what varies, and the network for a size.
struct Plan {
    Sweep sweep;
    std::function<Result<NetworkSpec>(double size)> network;
    std::function<std::int64_t(double size)> batch;
};

Result<NetworkSpec> denseNetwork(double n) { return makePreset("dense-n", {.input = {}, .classes = {}, .width = static_cast<int>(n)}); }

/// A size that a device has no memory for ends its lane; everything else ends the sweep.
Status measureLane(const Plan& plan, const RaceDevice& device, double seconds, SweepLane& lane, const Progress& progress) {
    const std::vector<double>& sizes = plan.sweep.sizes;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (!progress(static_cast<double>(i) / static_cast<double>(sizes.size()))) return cancelled();
        CONVOLAB_ASSIGN(const NetworkSpec spec, plan.network(sizes[i]));
        const auto step = guarded(device, [&] { return medianStep(device, spec, plan.batch(sizes[i]), seconds); });
        if (!step.ok() && step.error().code == ErrorCode::OutOfMemory && i > 0) {
            lane.ended = step.error();
            return {};
        }
        if (!step.ok()) return step.error();
        lane.seconds.push_back(*step);
    }
    return {};
}

Result<Sweep> measure(Plan plan, const std::vector<RaceDevice>& devices, double seconds, const Progress& progress) {
    CONVOLAB_CHECK(!plan.sweep.sizes.empty(), "a sweep needs sizes");
    const double share = 1.0 / static_cast<double>(std::max<std::size_t>(1, devices.size()));
    for (std::size_t k = 0; k < devices.size(); ++k) {
        const RaceDevice& device = devices[k];
        SweepLane lane{.id = device.id, .device = device.name, .isGpu = device.isGpu, .emulated = device.emulated};
        CONVOLAB_RETURN_IF_ERROR(measureLane(plan, device, seconds, lane, part(progress, share * static_cast<double>(k), 0.8 * share)));
        plan.sweep.lanes.push_back(std::move(lane));
    }
    std::size_t last = plan.sweep.sizes.size();
    for (const SweepLane& lane : plan.sweep.lanes) last = std::min(last, lane.seconds.size());
    for (std::size_t k = 0; k < devices.size(); ++k) {
        for (const bool large : {false, true}) {
            const double size = plan.sweep.sizes[large ? last - 1 : 0];
            CONVOLAB_ASSIGN(const NetworkSpec spec, plan.network(size));
            auto parts = guarded(devices[k], [&] { return partsOf(devices[k], spec, plan.batch(size), kFewestSteps, part(progress, 0.9, 0.1)); });
            if (!parts.ok()) return parts.error();
            (large ? plan.sweep.lanes[k].largest : plan.sweep.lanes[k].smallest) = std::move(parts).value();
        }
    }
    judgeSweep(plan.sweep);
    return std::move(plan.sweep);
}

std::vector<double> sorted(const std::vector<std::int64_t>& sizes) {
    std::vector<double> values(sizes.begin(), sizes.end());
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

/// x where f, which is below 0 on one side and above 0 on the other, changes sign; in the logarithm.
double between(double low, double high, const std::function<double(double)>& f) {
    const bool rises = f(low) < 0.0;
    for (int i = 0; i < 60; ++i) {
        const double middle = std::sqrt(low * high);
        (f(middle) < 0.0) == rises ? low = middle : high = middle;
    }
    return std::sqrt(low * high);
}

std::optional<Sweep::Crossover> crossoverOf(const Sweep& sweep) {
    const SweepLane &first = sweep.lanes[0], &second = sweep.lanes[1];
    const std::size_t common = std::min(first.seconds.size(), second.seconds.size());
    const auto ahead = [&](std::size_t i) { return std::log(first.seconds[i] / second.seconds[i]); };  // of the second
    for (std::size_t i = 1; i < common; ++i) {
        if (ahead(i - 1) > 0.0 || ahead(i) <= 0.0) continue;
        const double share = -ahead(i - 1) / (ahead(i) - ahead(i - 1));
        return Sweep::Crossover{std::exp(std::log(sweep.sizes[i - 1]) * (1.0 - share) + std::log(sweep.sizes[i]) * share), true};
    }
    if (common == 0 || ahead(common - 1) > 0.0) return {};  // ahead everywhere, or only at first
    // Not yet: where the fitted lines cross, if the second's grows less. One that does not grow at all has measured noise.
    if (second.emulated || !(second.fit.perUnit > 0.0 && second.fit.perUnit < first.fit.perUnit)) return {};
    const double load = (second.fit.fixed - first.fit.fixed) / (first.fit.perUnit - second.fit.perUnit);
    if (!(load > sweep.load[common - 1])) return {};
    const double size = sweep.quantity == "n" ? between(1.0, 1e9, [&](double n) { return denseParameters(n) - load; }) : load;
    return Sweep::Crossover{size, false};
}

}  // namespace

double RaceStep::rest() const { return std::max(0.0, whole - launch - copies - kernels); }

double denseParameters(double n) { return n * n + 796.0 * n + 10.0; }

RaceDevice cpuInRace(const std::string& name) {
    RaceDevice device{.id = "cpu", .name = name};
    device.parts = [](const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress) -> Result<RaceStep> {
        CONVOLAB_ASSIGN(const StepBreakdown step, measureStepLayers(spec, batch, runs, progress));
        RaceStep parts{.whole = step.whole, .kernels = step.loss + step.update + step.layoutChanges, .loss = step.loss, .update = step.update};
        for (const StepLayer& layer : step.layers) {
            parts.layers.push_back({.name = layer.name, .forward = layer.forward, .backward = layer.backward});
            parts.kernels += layer.seconds();
        }
        return parts;
    };
    return device;
}

double Race::largestDifference() const {
    double largest = 0.0;
    for (const RaceLane& lane : lanes) {
        for (std::size_t i = 0; i < std::min(lane.steps.size(), lanes[0].steps.size()); ++i) {
            const double expected = lanes[0].steps[i].loss;
            largest = std::max(largest, std::abs(lane.steps[i].loss - expected) / std::max(1e-12, std::abs(expected)));
        }
    }
    return largest;
}

Result<Race> runRace(const NetworkSpec& spec, const DatasetPtr& dataset, const Recipe& recipe, const std::vector<RaceDevice>& devices,
                     std::int64_t steps, const Progress& progress) {
    Recipe same = recipe;
    same.steps = steps;
    same.validationEvery = steps;  // the clock is for steps
    same.earlyStopping = 0;
    Race race{.network = spec.name, .dataset = dataset->info().title, .batch = recipe.batchSize, .seed = recipe.seed};
    for (const RaceDevice& device : devices) {
        const double share = 1.0 / static_cast<double>(devices.size());
        const Progress mine = part(progress, share * static_cast<double>(race.lanes.size()), share);
        auto lane = guarded(device, [&] { return runLane(spec, dataset, same, device, steps, mine); });
        if (!lane.ok()) return lane.error();
        race.lanes.push_back(std::move(lane).value());
    }
    return race;
}

Result<double> plainLoopsStep(const NetworkSpec& spec, std::int64_t batch, std::int64_t steps) {
    const CompileModel reference = [](const NetworkSpec& network, CompileOptions options) {
        options.fastestTier = Tier::Reference;
        return Model::compile(network, options);
    };
    CONVOLAB_ASSIGN(TimedSteps timed, TimedSteps::make(spec, StepTask::Train, batch, reference));
    return timed.run(steps);
}

RaceFit fitRace(std::span<const double> load, std::span<const double> seconds) {
    CONVOLAB_CHECK(!load.empty() && load.size() == seconds.size(), "a fit needs points");
    // Of (fixed + perUnit · load − T) / T: the normal equations in u = 1 / T and v = load / T.
    double uu = 0.0, uv = 0.0, vv = 0.0, u = 0.0, v = 0.0;
    for (std::size_t i = 0; i < load.size(); ++i) {
        const double a = 1.0 / seconds[i], b = load[i] / seconds[i];
        uu += a * a;
        uv += a * b;
        vv += b * b;
        u += a;
        v += b;
    }
    const double determinant = uu * vv - uv * uv;
    RaceFit fit;
    if (determinant > 1e-12 * uu * vv) fit = {(u * vv - v * uv) / determinant, (v * uu - u * uv) / determinant};
    if (fit.fixed < 0.0 || determinant <= 1e-12 * uu * vv) fit = {0.0, v / vv};
    if (fit.perUnit < 0.0) fit = {u / uu, 0.0};
    return fit;
}

void judgeSweep(Sweep& sweep) {
    for (SweepLane& lane : sweep.lanes) {
        const std::size_t count = lane.seconds.size();
        if (count == 0) continue;
        lane.fit = fitRace(std::span(sweep.load).first(count), lane.seconds);
        if (count < kSlopePoints) continue;
        lane.slope = logLogSlope(std::span(sweep.load).subspan(count - kSlopePoints, kSlopePoints), std::span(lane.seconds).last(kSlopePoints));
    }
    sweep.crossover.reset();
    if (sweep.lanes.size() >= 2) sweep.crossover = crossoverOf(sweep);
}

Result<Sweep> sweepWidths(const std::vector<RaceDevice>& devices, const SweepOptions& options, const Progress& progress) {
    Plan plan{.sweep = {}, .network = denseNetwork, .batch = [batch = options.batch](double) { return batch; }};
    plan.sweep.quantity = "n";
    plan.sweep.network = "dense n-n-10 on 1×28×28, batches of " + withThousands(options.batch) + " images";
    plan.sweep.sizes = sorted(options.widths);
    for (const double n : plan.sweep.sizes) plan.sweep.load.push_back(denseParameters(n));
    return measure(std::move(plan), devices, options.seconds, progress);
}

Result<Sweep> sweepBatches(const std::vector<RaceDevice>& devices, const SweepOptions& options, const Progress& progress) {
    Plan plan{.sweep = {}, .network = [n = options.width](double) { return denseNetwork(static_cast<double>(n)); },
              .batch = [](double size) { return static_cast<std::int64_t>(size); }};
    const std::string n = std::to_string(options.width);
    plan.sweep.quantity = "batch";
    plan.sweep.network = "dense " + n + "-" + n + "-10 on 1×28×28";
    plan.sweep.sizes = plan.sweep.load = sorted(options.batches);
    return measure(std::move(plan), devices, options.seconds, progress);
}

}  // namespace convolab
