#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/bench/bench_output.h"
#include "app/cli/bench/race_bench.h"
#include "app/cli/bench/usual_cases.h"
#include "app/cli/commands.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/devices.h"
#include "core/cpu/compute_team.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> against;
    std::vector<std::string> tasks;
    CaseChoice choice;
    ComparisonOptions comparison;
    bool compile = false;
    bool layers = false;
    bool growth = false;
    bool serve = false;
    bool race = false;
    std::string device;  ///< empty: the processor, in a race the first GPU
    RaceBenchOptions raceOptions;
};

constexpr std::int64_t kLayerRuns = 30;

constexpr const char* kHowToGet =
    "to compare, make an environment: python3 -m venv ~/bench && ~/bench/bin/pip install torch onnxruntime, then run convolab "
    "bench --against pytorch,onnxruntime --python ~/bench/bin/python";

class BenchRun {
  public:
    BenchRun(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        const Status prepared = prepare();
        if (!prepared.ok()) return m_console.fail(prepared.error());
        warnOfLoad();
        measureRows();
        printComparison(m_console, m_rows, m_comparison);
        if (m_options.layers) measureLayers();
        if (m_options.growth) measureGrowths();
        m_console.object({{"event", "done"}, {"rows", rowsJson()}, {"layers", m_layers}, {"growth", m_growth},
                          {"processor", processorName()}, {"instructions", instructionSet()}, {"rounds", m_comparison.rounds},
                          {"interrupted", m_stopped}});
        return ending();
    }

  private:
    Status prepare() {
        setComputeThreads(m_options.choice.threads);
        CaseChoice choice = m_options.choice;
        choice.threads = computeThreads();
        for (const std::string& name : m_options.tasks) {
            CONVOLAB_ASSIGN(const StepTask task, stepTaskFromName(name));
            choice.tasks.push_back(task);
        }
        CONVOLAB_ASSIGN(const Device device, findDevice(m_options.device.empty() ? "cpu" : m_options.device));
        if (device.emulated && !m_options.against.empty()) {
            return Error{ErrorCode::InvalidArgument, "there is no GPU for the peers: this processor stands in for one in this program only", "", "leave --device or --against out"};
        }
        choice.device = device.id;
        CONVOLAB_ASSIGN(m_cases, benchCases(choice));
        if (m_cases.empty()) return Error{ErrorCode::InvalidArgument, "nothing to measure", "", "name a network with --network"};
        m_comparison = m_options.comparison;
        m_comparison.peers = peersFor(m_options.against, m_options.compile, device.ordinal >= 0);
        if (device.ordinal >= 0) m_comparison.device = device.name;
        m_comparison.process.loud = m_console.verbose;
        return {};
    }

    void warnOfLoad() const {
        double load = 0.0;
        if (getloadavg(&load, 1) != 1 || load < 0.5) return;
        m_console.message("other work is running here (load " + valueText(load, 2) +
                          "): two teams of threads on the same cores slow both down many times, so these numbers say little");
    }

    void measureRows() {
        for (std::size_t i = 0; i < m_cases.size() && !m_stopped; ++i) {
            ProgressBar bar(m_console, "measuring");
            ComparisonRow row = measured(m_cases[i], bar, static_cast<double>(i), static_cast<double>(m_cases.size()));
            bar.clear();
            m_stopped = row.interrupted;
            if (row.rounds == 0 && row.interrupted) break;
            m_console.message(row.name() + ": " + rowText(row));
            for (const LeftOut& one : row.leftOut) m_console.message("  " + one.text());
            Json object{{"event", "row"}};
            object.update(rowJson(row));
            m_console.object(object);
            m_rows.push_back(std::move(row));
        }
    }

    ComparisonRow measured(const BenchCase& what, ProgressBar& bar, double index, double count) {
        ComparisonRow named;
        named.what = what;
        const std::string words = named.name();
        bar.update(index / count, words);
        while (true) {
            auto row = compare(what, m_comparison, [&](double share) { bar.update((index + share) / count, words); });
            if (row.ok()) return std::move(row).value();
            bar.clear();
            m_console.message(m_comparison.process.python + ": " + row.error().message + "; " + kHowToGet);
            std::erase_if(m_comparison.peers, [&](const Contender& peer) { return peer.engine == row.error().node; });
        }
    }

    Json rowsJson() const {
        Json rows = Json::array();
        for (const ComparisonRow& row : m_rows) rows.push_back(rowJson(row));
        return rows;
    }

    /// What was measured is printed; the exit status says whether that is all.
    int ending() const {
        if (m_stopped) {
            m_console.message("interrupted: " + withThousands(static_cast<std::int64_t>(m_rows.size())) + " of " +
                              withThousands(static_cast<std::int64_t>(m_cases.size())) + " rows are measured");
            return kExitInterrupted;
        }
        if (m_failure) return m_console.fail(*m_failure);
        const auto failed = std::find_if(m_rows.begin(), m_rows.end(), [](const ComparisonRow& row) { return !row.complete(); });
        if (failed == m_rows.end()) return kExitDone;
        return m_console.fail({ErrorCode::IoFailure, failed->name() + ": not all could finish it, as the note says", "",
                               "to repeat this row alone, add --network " + failed->what.network + " --task " +
                                   stepTaskName(failed->what.task) + " --batch " + std::to_string(failed->what.batch)});
    }

    /// Keeps the first thing that went wrong.
    void went(const Status& done) {
        if (done.ok()) return;
        if (done.error().code == ErrorCode::Cancelled) m_stopped = true;
        else if (!m_failure) m_failure = done.error();
    }

    void measureLayers() {
        if (m_stopped) return;
        // In this run, so that the layers and the peak stand under the same load.
        const Result<MachinePeak> peak = measureMachinePeak([](double) { return !interrupted(); });
        if (!peak.ok()) return went(peak.error());
        for (const BenchCase& what : m_cases) {
            if (!m_stopped && what.task == StepTask::Train) went(measureLayersOf(what, *peak));
        }
    }

    Status measureLayersOf(const BenchCase& what, const MachinePeak& peak) {
        ProgressBar bar(m_console, "measuring");
        CONVOLAB_ASSIGN(const StepBreakdown step, measureStepLayers(what.spec, what.batch, kLayerRuns, [&](double share) {
                            bar.update(share, what.network + ", layer by layer");
                            return !interrupted();
                        }));
        bar.clear();
        printLayers(m_console, what.network, step, peak);
        m_layers.push_back(layersJson(what.network, step, peak));
        return {};
    }

    void measureGrowths() {
        if (!m_stopped) went(measureGrowthOf());
    }

    Status measureGrowthOf() {
        std::vector<GrowthNetwork> networks;
        for (const BenchCase& what : m_cases) {
            if (what.task == StepTask::Train) networks.push_back({what.network, what.spec, what.batch});
        }
        ProgressBar bar(m_console, "measuring");
        CONVOLAB_ASSIGN(const Growth growth, measureGrowth(networks, m_options.comparison.seconds, [&](double share) {
                            bar.update(share, "growth");
                            return !interrupted();
                        }));
        bar.clear();
        m_stopped = !growth.whole;
        printGrowth(m_console, growth);
        m_growth = growthJson(growth);
        return {};
    }

    const Options& m_options;
    const Console& m_console;
    ComparisonOptions m_comparison;
    std::vector<BenchCase> m_cases;
    std::vector<ComparisonRow> m_rows;
    bool m_stopped = false;
    std::optional<Error> m_failure;  // of what comes behind the rows
    Json m_layers = Json::array();
    Json m_growth = nullptr;
};

void addOptions(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* name, const char* takes) {
        option->group(name)->option_text(takes);
    };
    group(app.add_option("--network", options.choice.networks, "What to measure: presets, .convolab documents or .json specs, "
                                                               "separated by commas (default: the usual ones)")
              ->delimiter(',')
              ->check(modelWord()),
          "Measuring", "MODELS");
    group(app.add_option("--task", options.tasks, "train, infer or both (default)")->delimiter(',')->check(oneOf({"train", "infer"})),
          "Measuring", "NAMES");
    group(app.add_option("--batch", options.choice.batch, "Images at once (default: training as the network usually is, inference at "
                                                          "1 and 64)")
              ->check(wholeNumber(1, 65536)),
          "Measuring", "N");
    group(app.add_option("--threads", options.choice.threads, "Compute threads, on all sides (default: one per physical core)")
              ->check(wholeNumber(1, 256)),
          "Measuring", "N");
    group(app.add_option("--device", options.device, "Where it is measured, peers too: cpu (default), cuda or cuda:N; of a race the GPU")->check(deviceWord()),
          "Measuring", "ID");
    group(app.add_option("--rounds", options.comparison.rounds, "Alternating runs, whose median counts (default 7)")
              ->check(wholeNumber(1, 1000)),
          "Measuring", "N");
    group(app.add_option("--seconds", options.comparison.seconds, "About how long one such run takes (default 0.3)")
              ->check(CLI::Range(0.001, 60.0)),
          "Measuring", "S");
    app.add_flag("--layers", options.layers, "Also each layer of the training steps: its time and its share of this computer's peak")
        ->group("Measuring");
    app.add_flag("--growth", options.growth, "Also how the time of an image grows with width, depth, input size and batch, and what "
                                             "more threads bring")
        ->group("Measuring");
    addPresetOptions(app, options.choice.preset);
    group(app.add_option("--against", options.against, "Peers to run beside: pytorch (eager; with freed memory kept; and channels-last), "
                                                       "onnxruntime (inference)")
              ->delimiter(',')
              ->check(oneOf({"pytorch", "onnxruntime"})),
          "Peers", "NAMES");
    app.add_flag("--compile", options.compile, "PyTorch also with torch.compile, on a GPU with CUDA graphs, too (takes minutes to start)")->group("Peers");
    group(app.add_option("--python", options.comparison.process.python, "The Python that has them (default python3)"), "Peers", "FILE");
    group(app.add_option("--timeout", options.comparison.process.timeout, "A peer that takes longer for an answer is ended (default 600)")
              ->check(CLI::Range(0.1, 86400.0)),
          "Peers", "S");
    const auto racing = app.add_flag("--race", options.race,
                                     "The processor against a GPU instead: both losses from one seed, where both times go, and from which "
                                     "width and batch of a dense network on the GPU is faster. Takes --network, --batch and --seconds");
    racing->group("Race");
    group(app.add_option("--precision", options.raceOptions.precision, "In which the GPU races: float32, tf32, bf16 or fp16 (default float32)")->check(precisionWord())->needs(racing),
          "Race", "NAME");
    group(app.add_option("--data", options.raceOptions.data, "Images of the race (default mnist where it is, else digits)")->check(dataWord())->needs(racing),
          "Race", "DATA");
    group(app.add_option("--steps", options.raceOptions.steps, "Steps of the race (default 200)")->check(wholeNumber(1, 1'000'000))->needs(racing),
          "Race", "N");
    app.add_flag("--reference", options.raceOptions.reference, "The race also in the reference's plain loops, as early comparisons with processors were made")
        ->needs(racing)
        ->group("Race");
    group(app.add_option("--widths", options.raceOptions.widths, "n of the dense n-n-10 network, separated by commas (default 16,64,256,1024,4096)")
              ->delimiter(',')->check(wholeNumber(1, 65536))->needs(racing),
          "Race", "N,N");
    group(app.add_option("--batches", options.raceOptions.batches, "Images per batch of the sweep at n = 512 (default 1,8,64,512)")
              ->delimiter(',')->check(wholeNumber(1, 65536))->needs(racing),
          "Race", "N,N");
    addDataDir(app, options.raceOptions.dataDir);
    app.add_flag("--serve", options.serve)->group("");  // our side of a comparison, started by the other
}

RaceBenchOptions raceOptionsOf(const Options& options) {
    setComputeThreads(options.choice.threads);
    RaceBenchOptions race = options.raceOptions;
    if (!options.choice.networks.empty()) race.network = options.choice.networks.front();
    race.preset = options.choice.preset;
    race.batch = options.choice.batch;
    if (!options.device.empty()) race.device = options.device;
    race.seconds = options.comparison.seconds;
    return race;
}

}  // namespace

std::function<int(const Console&)> setUpBench(CLI::App& app) {
    auto options = std::make_shared<Options>();
    options->choice.threads = 0;
    addOptions(app, *options);
    app.callback([options] {
        if (options->choice.preset.any() && options->choice.networks.size() != 1)
            throw CLI::ValidationError("--input, --classes and --width go with one --network");
        if (options->race && (options->choice.networks.size() > 1 || !options->tasks.empty() || !options->against.empty()))
            throw CLI::ValidationError("--race goes with at most one --network, and without --task and --against");
        if ((options->layers || options->growth) && !options->device.empty() && options->device != "cpu")
            throw CLI::ValidationError("--layers and --growth are of the processor; --race has the layers of a GPU");
        if (options->compile && std::find(options->against.begin(), options->against.end(), "pytorch") == options->against.end())
            throw CLI::ValidationError("--compile goes with --against pytorch");
    });
    return [options](const Console& console) {
        if (options->race) return runRaceBench(raceOptionsOf(*options), console);
        return options->serve ? serveBench() : BenchRun(*options, console).run();
    };
}

}  // namespace convolab
