#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/measure_output.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "core/attack/attack_text.h"
#include "core/cpu/compute_team.h"
#include "core/measure/roofline.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kUsualBatches[] = {1, 64};
constexpr const char* kUsualAttack = "pgd:eps=0.1,steps=20";
constexpr const char* kNoAttack = "none";

struct Options {
    std::string model;
    PresetChoice preset;
    std::int64_t batch = 0;
    DataOptions data;
    std::string split = "test";
    std::int64_t limit = 0;
    std::string attack = kUsualAttack;
    std::int64_t attackImages = 500;
    std::int64_t rhoImages = 100;
    std::string weightsIn = "dram";
    std::string experiment;
    std::string csv;
    bool peakAgain = false;
    bool noPeak = false;
    int threads = 0;
    std::uint64_t seed = 0;
};

class MeasureRun {
  public:
    MeasureRun(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        setComputeThreads(m_options.threads);
        const Status done = m_options.experiment.empty() ? measure() : experiment();
        if (done.ok()) return kExitDone;
        return done.error().code == ErrorCode::Cancelled ? kExitInterrupted : m_console.fail(done.error());
    }

  private:
    Result<LaserRequest> request() const {
        LaserRequest request;
        CONVOLAB_ASSIGN(auto source, openNetwork(m_options.model, m_options.preset));
        request.name = source.name;
        request.spec = source.spec;
        if (source.weights) request.weights = std::make_shared<const WeightSet>(std::move(*source.weights));
        request.quantization = std::move(source.quantization);
        if (!m_options.data.name.empty()) {
            if (!request.weights) CONVOLAB_RETURN_IF_ERROR(requireWeights(source, m_options.model, m_options.data.name));
            CONVOLAB_ASSIGN(request.dataset, openFor(m_options.data, request.spec));
        }
        CONVOLAB_ASSIGN(request.split, splitFromName(m_options.split));
        request.limit = m_options.limit;
        if (m_options.attack != kNoAttack) {
            AttackSpec base;
            base.seed = m_options.seed;
            CONVOLAB_ASSIGN(request.attack, parseAttack(m_options.attack, base));
            if (request.dataset) CONVOLAB_RETURN_IF_ERROR(validateAttack(*request.attack, request.dataset->classes()));
        }
        request.attackImages = m_options.attackImages;
        request.rhoImages = m_options.rhoImages;
        CONVOLAB_ASSIGN(request.energy.home, weightHomeFromName(m_options.weightsIn));
        request.energy.batch = std::max<std::int64_t>(1, m_options.batch);
        request.latency.batches.assign(std::begin(kUsualBatches), std::end(kUsualBatches));
        const auto& batches = request.latency.batches;
        if (m_options.batch > 0 && std::find(batches.begin(), batches.end(), m_options.batch) == batches.end()) {
            request.latency.batches.push_back(m_options.batch);
        }
        return request;
    }

    Status measure() {
        CONVOLAB_ASSIGN(const LaserRequest wanted, request());
        auto bar = std::make_unique<ProgressBar>(m_console, "measuring");
        const LaserProgress progress = [&](double share, const std::string& what) {
            bar->update(share, what);
            return !interrupted();
        };
        CONVOLAB_ASSIGN(LaserCard card, measureLaser(wanted, progress));
        if (fs::path(m_options.model).extension() == ".convolab") {
            std::error_code failure;
            const auto bytes = fs::file_size(m_options.model, failure);
            if (!failure) card.size.documentBytes = static_cast<std::int64_t>(bytes);
        }
        std::optional<MachinePeak> peak;
        if (!m_options.noPeak) {
            CONVOLAB_ASSIGN(peak, MachinePeakCache().obtain(m_options.peakAgain, [&](double share) {
                                return progress(share, "this computer");
                            }));
        }
        bar.reset();
        printLaser(m_console, card, peak);
        Json done = {{"event", "done"}};
        done.update(Json::parse(laserJson(card)));
        done["machine"] = peak ? machineJson(card, *peak) : Json(nullptr);
        return finish(std::move(done), layersCsv(card));
    }

    static Json machineJson(const LaserCard& card, const MachinePeak& peak) {
        Json points = Json::array();
        for (const BatchLatency& batch : card.latency.batches) {
            for (const RooflinePoint& point : roofline(card.work, batch, peak)) {
                points.push_back({{"name", point.name}, {"batch", point.batch}, {"flop_per_byte", point.flopPerByte},
                                  {"flops", point.flops}, {"bound", point.bound}, {"memory_bound", point.memoryBound},
                                  {"inside_caches", point.insideCaches}});
            }
        }
        return {{"processor", peak.processor}, {"instructions", peak.instructions}, {"threads", peak.threads},
                {"flops", peak.flops}, {"scalar_flops", peak.scalarFlops}, {"memory_bytes_per_second", peak.memoryBytes},
                {"cache_bytes_per_second", peak.cacheBytes}, {"roofline", points}};
    }

    Status experiment() {
        const Experiment& experiment = *findExperiment(m_options.experiment);
        ExperimentContext context;
        context.seed = m_options.seed;
        if (!m_options.model.empty()) {
            CONVOLAB_ASSIGN(auto source, openNetwork(m_options.model, m_options.preset));
            context.spec = std::move(source.spec);
            if (source.weights) context.weights = std::make_shared<const WeightSet>(std::move(*source.weights));
        }
        if (experiment.needsDataset) {
            DatasetRequest wanted;
            wanted.name = m_options.data.name.empty() ? "digits" : m_options.data.name;
            wanted.dataDir = m_options.data.dataDir;
            CONVOLAB_ASSIGN(context.dataset, openDataset(wanted));
        }
        auto bar = std::make_unique<ProgressBar>(m_console, "experimenting");
        CONVOLAB_ASSIGN(const ExperimentResult result, experiment.run(context, [&](double share, const std::string& what) {
                            bar->update(share, what);
                            return !interrupted();
                        }));
        bar.reset();
        printExperiment(m_console, experiment, result);
        Json done = {{"event", "done"}};
        done.update(Json::parse(experimentJson(experiment, result)));
        return finish(std::move(done), experimentCsv(result));
    }

    Status finish(Json done, const std::string& csv) const {
        Json files = Json::array();
        if (!m_options.csv.empty()) {
            CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(m_options.csv, csv));
            m_console.result("\n  " + m_options.csv);
            files.push_back(m_options.csv);
        }
        done["files"] = files;
        m_console.object(done);
        return {};
    }

    const Options& m_options;
    const Console& m_console;
};

std::vector<std::string> homeNames() {
    std::vector<std::string> names;
    for (const WeightHome home : weightHomes()) names.emplace_back(weightHomeName(home));
    return names;
}

std::vector<std::string> experimentNames() {
    std::vector<std::string> names;
    for (const Experiment* experiment : experiments()) names.push_back(experiment->id);
    return names;
}

CLI::Validator robustnessWord() {
    return {[](std::string& text) {
                if (text == kNoAttack) return std::string();
                const auto attack = parseAttack(text);
                return attack.ok() ? std::string() : attack.error().sentence();
            },
            ""};
}

void addMeasuring(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { option->group("Measuring")->option_text(takes); };
    group(app.add_option("--batch", options.batch, "Also measure this batch size, and price the energy at it (latency is always "
                                                   "measured at 1 and 64; the energy is priced at 1)")
              ->check(wholeNumber(1, 65536)),
          "N");
    group(app.add_option("--weights-in", options.weightsIn,
                         "Where the modelled energy reads the weights from: " + join(homeNames(), ", ") + " (default dram)")
              ->check(oneOf(homeNames())),
          "NAME");
    group(app.add_option("--attack", options.attack,
                         std::string("For the robustness, METHOD[:key=value,…], or none (default ") + kUsualAttack + ")")
              ->check(robustnessWord()),
          "SPEC");
    group(app.add_option("--attack-images", options.attackImages, "Seeded sample, balanced by class, that is attacked (default 500)")
              ->check(wholeNumber(1)),
          "N");
    group(app.add_option("--rho-images", options.rhoImages, "Of a sample like that, how many DeepFool measures ρ̂ on (default 100; 0: none)")
              ->check(wholeNumber(0)),
          "N");
    group(app.add_option("--experiment", options.experiment, "Test a statement instead; they are listed below")
              ->check(oneOf(experimentNames())),
          "NAME");
    app.add_flag("--peak-again", options.peakAgain, "Measure this computer's peak anew")->group("Measuring");
    app.add_flag("--no-peak", options.noPeak, "Leave this computer's peak and the roofline out")->group("Measuring");
    group(app.add_option("--seed", options.seed, "Decides samples, attacks and trainings (default 0)")->check(wholeNumber(0)), "N");
    group(app.add_option("--threads", options.threads, "Compute threads (default: one per physical core)")->check(wholeNumber(1, 256)), "N");
    group(app.add_option("--csv", options.csv, "Write the layers (or the experiment's table) to this file"), "FILE");
}

void addData(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { option->group("Data")->option_text(takes); };
    group(app.add_option("--data", options.data.name,
                         "For accuracy and robustness: a data set's name (\"convolab data list\"), or a folder with one "
                         "sub-folder of images per class (default: neither is measured)")
              ->check(dataWord()),
          "D");
    addDataDir(app, options.data.dataDir);
    group(app.add_option("--split", options.split, "test, validation or train (default test; use validation to choose)")
              ->check(oneOf({"test", "validation", "train"})),
          "NAME");
    group(app.add_option("--limit", options.limit, "Accuracy on the first N images only")->check(wholeNumber(1)), "N");
}

std::string experimentsHelp() {
    std::string text = "Experiments:\n";
    for (const Experiment* experiment : experiments()) text += "  " + experiment->id + "\n      " + experiment->statement + "\n";
    return text + "\nModelled energies are those of a 45 nm chip (Horowitz 2014), arithmetic and memory, not of this computer; measured "
                  "\nones (RAPL) are of the whole processor package and usually readable by root only.\n";
}

}  // namespace

std::function<int(const Console&)> setUpMeasure(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model, "A preset's name, a .convolab document (its best weights are used) or a .json spec")
        ->check(modelWord());
    addPresetOptions(app, options->preset);
    addData(app, *options);
    addMeasuring(app, *options);
    app.footer(experimentsHelp());
    app.callback([options] {
        if (options->model.empty() && options->experiment.empty())
            throw CLI::ValidationError("MODEL is missing: name a network, or an experiment");
    });
    return [options](const Console& console) { return MeasureRun(*options, console).run(); };
}

}  // namespace convolab
