#include "app/cli/bench/race_bench.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/table.h"
#include "app/race_devices.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

constexpr std::int64_t kReferenceSteps = 3;

std::string timeText(double seconds) { return siText(seconds, "s"); }

void say(const Console& console, const std::vector<std::string>& sentences) {
    for (const std::string& sentence : sentences) console.result(sentence);
}

void printRace(const Console& console, const Race& race) {
    console.result(race.network + " on " + race.dataset + ", batches of " + withThousands(race.batch));
    std::vector<std::string> header{"per step"};
    for (const RaceLane& lane : race.lanes) header.push_back(lane.device);
    std::vector<int> alignRight(header.size(), 1);
    alignRight[0] = 0;
    Table table(header, alignRight);
    const auto row = [&](const std::string& name, const auto& value) {
        std::vector<std::string> cells{name};
        for (const RaceLane& lane : race.lanes) {
            const std::optional<double> seconds = value(lane.step);
            cells.push_back(seconds ? timeText(*seconds) : "–");
        }
        table.row(cells);
    };
    for (const RaceLayer& layer : race.lanes[0].step.layers) {
        row(layer.name, [&](const RaceStep& step) -> std::optional<double> {
            const auto found = std::ranges::find(step.layers, layer.name, &RaceLayer::name);
            return found == step.layers.end() ? std::nullopt : std::optional(found->seconds());
        });
    }
    const auto part = [&](const char* name, double RaceStep::*member) {
        row(name, [member](const RaceStep& step) { return step.*member > 0.0 ? std::optional(step.*member) : std::nullopt; });
    };
    part("loss", &RaceStep::loss);
    part("update", &RaceStep::update);
    part("launches", &RaceStep::launch);
    part("copies", &RaceStep::copies);
    part("kernels, all", &RaceStep::kernels);
    part("whole step", &RaceStep::whole);
    for (const std::string& line : table.lines()) console.result(line);
    say(console, raceSentences(race));
}

/// What the layers attain of what the device can do, in their forward passes.
void printRoofline(const Console& console, const RaceLane& lane) {
    console.result("");
    console.result(lane.device + ", forward passes");
    Table table({"layer", "FLOP/s", "of peak", "bytes/s", "of peak", "occupancy", "units"}, {0, 1, 1, 1, 1, 1, 0});
    const auto rate = [](double value, const char* unit) { return value > 0.0 ? siText(value, unit) : std::string("–"); };
    const auto share = [](double value) { return value > 0.0 ? percentText(value, 1) : std::string("–"); };
    for (const RaceLayer& layer : lane.step.layers) {
        const PassRate forward = passRate(layer.work.forward, layer.forward, lane.peak, layer.units);
        table.row({layer.name, rate(forward.flops, "FLOP/s"), share(forward.ofArithmetic), rate(forward.bytesPerSecond, "B/s"), share(forward.ofMemory),
                   share(layer.occupancy), lane.isGpu ? unitsWord(layer.units) : "–"});
    }
    for (const std::string& line : table.lines()) console.result(line);
}

void printSweep(const Console& console, const Sweep& sweep) {
    console.result("");
    console.result(sweep.network);
    std::vector<std::string> header{sweep.quantity, sweep.quantity == "n" ? "parameters" : "images"};
    for (const SweepLane& lane : sweep.lanes) header.insert(header.end(), {lane.device, "fitted"});
    Table table(header, std::vector<int>(header.size(), 1));
    for (std::size_t i = 0; i < sweep.sizes.size(); ++i) {
        std::vector<std::string> cells{countText(std::llround(sweep.sizes[i])), countText(std::llround(sweep.load[i]))};
        for (const SweepLane& lane : sweep.lanes) {
            cells.push_back(i < lane.seconds.size() ? timeText(lane.seconds[i]) : "–");
            cells.push_back(timeText(lane.fit.at(sweep.load[i])));
        }
        table.row(cells);
    }
    for (const std::string& line : table.lines()) console.result(line);
    say(console, sweepSentences(sweep));
}

class RaceBench {
  public:
    RaceBench(const RaceBenchOptions& options, const Console& console) : m_options(options), m_console(console) {}

    Status run() {
        CONVOLAB_ASSIGN(const Device gpu, findDevice(m_options.device, m_options.precision));
        if (gpu.ordinal < 0) {
            return Error{ErrorCode::InvalidArgument, "the processor does not race against itself", {}, "name a GPU with --device; \"convolab devices\" lists them"};
        }
        m_devices = {raceDevice(devices().front()), raceDevice(gpu)};
        CONVOLAB_RETURN_IF_ERROR(race());
        SweepOptions options;
        options.seconds = m_options.seconds;
        if (m_options.batch > 0) options.batch = m_options.batch;
        if (!m_options.widths.empty()) options.widths = m_options.widths;
        if (!m_options.batches.empty()) options.batches = m_options.batches;
        for (const bool batch : {false, true}) {
            ProgressBar bar(m_console, "measuring");
            const Progress progress = progressOf(bar, batch ? "over the batch" : "over the width");
            CONVOLAB_ASSIGN(Sweep sweep, batch ? sweepBatches(m_devices, options, progress) : sweepWidths(m_devices, options, progress));
            bar.clear();
            printSweep(m_console, sweep);
            m_sweeps.push_back(std::move(sweep));
        }
        nlohmann::ordered_json done{{"event", "done"}};
        done.update(nlohmann::ordered_json::parse(raceJson(m_race, m_sweeps)));
        m_console.object(done);
        return {};
    }

  private:
    static Progress progressOf(ProgressBar& bar, const std::string& what) {
        return [&bar, what](double share) {
            bar.update(share, what);
            return !interrupted();
        };
    }

    Status race() {
        CONVOLAB_ASSIGN(const NetworkSource source, openNetwork(m_options.network, m_options.preset));
        DataOptions data{.name = m_options.data, .dataDir = m_options.dataDir};
        if (data.name.empty()) data.name = datasetAvailable("mnist", data.dataDir) ? "mnist" : "digits";
        CONVOLAB_ASSIGN(const DatasetPtr dataset, openFor(data, source.spec));
        Recipe recipe;
        recipe.optimizer = parseOptimizer("sgd").value();
        recipe.rate = 0.01;
        if (m_options.batch > 0) recipe.batchSize = m_options.batch;
        ProgressBar bar(m_console, "racing");
        CONVOLAB_ASSIGN(m_race, runRace(source.spec, dataset, recipe, m_devices, m_options.steps, progressOf(bar, source.name)));
        if (m_options.reference) {
            bar.update(1.0, source.name + " in plain loops");
            CONVOLAB_ASSIGN(m_race.plainLoops, plainLoopsStep(source.spec, recipe.batchSize, kReferenceSteps));
        }
        bar.clear();
        m_race.network = source.name;
        printRace(m_console, m_race);
        for (const RaceLane& lane : m_race.lanes) printRoofline(m_console, lane);
        say(m_console, rooflineSentences(m_race));
        return {};
    }

    const RaceBenchOptions& m_options;
    const Console& m_console;
    std::vector<RaceDevice> m_devices;
    Race m_race;
    std::vector<Sweep> m_sweeps;
};

}  // namespace

int runRaceBench(const RaceBenchOptions& options, const Console& console) {
    watchInterrupts();
    const Status done = RaceBench(options, console).run();
    if (done.ok()) return kExitDone;
    return done.error().code == ErrorCode::Cancelled && interrupted() ? kExitInterrupted : console.fail(done.error());
}

}  // namespace convolab
