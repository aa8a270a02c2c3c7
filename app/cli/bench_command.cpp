#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/bench/bench_output.h"
#include "app/cli/bench/usual_cases.h"
#include "app/cli/commands.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
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
        const Status done = measureAll();
        if (done.ok()) return kExitDone;
        return done.error().code == ErrorCode::Cancelled ? kExitInterrupted : m_console.fail(done.error());
    }

  private:
    Status measureAll() {
        setComputeThreads(m_options.choice.threads);
        CaseChoice choice = m_options.choice;
        choice.threads = computeThreads();
        for (const std::string& name : m_options.tasks) {
            CONVOLAB_ASSIGN(const StepTask task, stepTaskFromName(name));
            choice.tasks.push_back(task);
        }
        CONVOLAB_ASSIGN(const std::vector<BenchCase> cases, benchCases(choice));
        if (cases.empty()) return Error{ErrorCode::InvalidArgument, "nothing to measure", "", "name a network with --network"};
        m_comparison = m_options.comparison;
        m_comparison.peers = peersFor(m_options.against, m_options.compile);
        m_comparison.loud = m_console.verbose;
        warnOfLoad();
        for (std::size_t i = 0; i < cases.size(); ++i) {
            CONVOLAB_RETURN_IF_ERROR(measure(cases[i], static_cast<double>(i), static_cast<double>(cases.size())));
        }
        printComparison(m_console, m_rows, m_comparison.rounds);
        if (m_options.layers) CONVOLAB_RETURN_IF_ERROR(measureLayers(cases));
        if (m_options.growth) CONVOLAB_RETURN_IF_ERROR(measureGrowths());
        m_console.object({{"event", "done"}, {"rows", comparisonJson(m_rows)}, {"layers", m_layers}, {"growth", m_growth},
                          {"processor", processorName()}, {"instructions", instructionSet()}, {"rounds", m_comparison.rounds}});
        return {};
    }

    void warnOfLoad() const {
        double load = 0.0;
        if (getloadavg(&load, 1) != 1 || load < 0.5) return;
        m_console.message("other work is running here (load " + valueText(load, 2) +
                          "): two teams of threads on the same cores slow both down many times, so these numbers say little");
    }

    Status measure(const BenchCase& what, double index, double count) {
        ProgressBar bar(m_console, "measuring");
        const std::string words = what.network + ", " + stepTaskName(what.task) + ", batch " + withThousands(what.batch);
        bar.update(index / count, words);
        const auto progress = [&](double share) { bar.update((index + share) / count, words); };
        Result<ComparisonRow> row = compare(what, m_comparison, progress);
        while (!row.ok() && row.error().code == ErrorCode::NotFound && !m_comparison.peers.empty()) {
            bar.clear();
            m_console.message(m_comparison.python + ": " + row.error().message + "; " + kHowToGet);
            std::erase_if(m_comparison.peers, [&](const Contender& peer) { return peer.engine == row.error().node; });
            row = compare(what, m_comparison, progress);
        }
        if (!row.ok()) return row.error();
        for (const std::string& note : row->notes) {
            bar.clear();
            m_console.message(words + ": left out: " + note);
        }
        m_rows.push_back(std::move(*row));
        return {};
    }

    Status measureLayers(const std::vector<BenchCase>& cases) {
        CONVOLAB_ASSIGN(const MachinePeak peak, MachinePeakCache().obtain());
        for (const BenchCase& what : cases) {
            if (what.task != StepTask::Train) continue;
            ProgressBar bar(m_console, "measuring");
            CONVOLAB_ASSIGN(const StepBreakdown step, measureStepLayers(what.spec, what.batch, kLayerRuns, [&](double share) {
                                bar.update(share, what.network + ", layer by layer");
                                return !interrupted();
                            }));
            bar.clear();
            printLayers(m_console, what.network, step, peak);
            m_layers.push_back(layersJson(what.network, step, peak));
        }
        return {};
    }

    Status measureGrowths() {
        ProgressBar bar(m_console, "measuring");
        CONVOLAB_ASSIGN(const Growth growth, measureGrowth(m_options.comparison.seconds, [&](double share) {
                            bar.update(share, "growth");
                            return !interrupted();
                        }));
        bar.clear();
        printGrowth(m_console, growth);
        m_growth = growthJson(growth);
        return {};
    }

    const Options& m_options;
    const Console& m_console;
    ComparisonOptions m_comparison;
    std::vector<ComparisonRow> m_rows;
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
    group(app.add_option("--against", options.against, "Peers to run beside: pytorch (eager; and channels-last with memory kept), "
                                                       "onnxruntime (inference)")
              ->delimiter(',')
              ->check(oneOf({"pytorch", "onnxruntime"})),
          "Peers", "NAMES");
    app.add_flag("--compile", options.compile, "PyTorch also with torch.compile (takes minutes to start)")->group("Peers");
    group(app.add_option("--python", options.comparison.python, "The Python that has them (default python3)"), "Peers", "FILE");
    app.add_flag("--serve", options.serve)->group("");  // our side of a comparison, started by the other
}

}  // namespace

std::function<int(const Console&)> setUpBench(CLI::App& app) {
    auto options = std::make_shared<Options>();
    options->choice.threads = 0;
    addOptions(app, *options);
    app.callback([options] {
        if (options->choice.preset.any() && options->choice.networks.size() != 1)
            throw CLI::ValidationError("--input, --classes and --width go with one --network");
        if (options->compile && std::find(options->against.begin(), options->against.end(), "pytorch") == options->against.end())
            throw CLI::ValidationError("--compile goes with --against pytorch");
    });
    return [options](const Console& console) { return options->serve ? serveBench() : BenchRun(*options, console).run(); };
}

}  // namespace convolab
