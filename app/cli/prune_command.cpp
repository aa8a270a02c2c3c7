#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/cli/pruned_files.h"
#include "core/compress/coding/packed_file.h"
#include "core/compress/criterion.h"
#include "core/compress/pruning_run.h"
#include "core/compress/sparsity.h"
#include "core/cpu/compute_team.h"
#include "core/interop/onnx_export.h"
#include "core/project/documents.h"
#include "core/util/left_out.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kComparedImages = 256;  // of the test split, masked against thinned
constexpr double kUsualRate = 5e-4;            // half of a fresh training's: the weights are nearly right

struct Options {
    std::string model;
    DataOptions data;
    std::string criterion = "magnitude";
    std::string granularity = "weight";
    std::optional<double> sparsity;
    bool global = false;
    std::string planFile;
    std::int64_t finetune = 0;
    bool gradual = false;
    bool toDense = false;
    std::optional<double> rate;
    std::optional<std::string> optimizer, schedule;
    std::optional<std::int64_t> batch;
    std::uint64_t seed = 0;
    std::int64_t limit = 0;
    int threads = 0;
    std::string out;
};

Json evaluationJson(const Evaluation& evaluation) {
    return {{"loss", evaluation.loss}, {"accuracy", evaluation.accuracy}, {"images", evaluation.images}};
}

/// What does not go together is bad usage.
void checkUsage(const Options& options) {
    const auto refuse = [](const std::string& sentence) { throw CLI::ValidationError(sentence); };
    if (!options.sparsity && options.planFile.empty()) refuse("how much? Give --sparsity, for example 0.9, or --plan FILE.json");
    if (options.gradual && options.finetune == 0) refuse("--gradual prunes while it trains: give --finetune EPOCHS");
    const bool training = options.rate || options.optimizer || options.schedule || options.batch;
    if (training && options.finetune == 0) refuse("--lr, --batch, --optimizer and --schedule belong to --finetune EPOCHS");
    const fs::path ending = fs::path(options.out).extension();
    if (ending != ".convolab" && ending != kPackedExtension) {
        refuse("\"" + options.out + "\" is neither a document's name nor a packed file's: end it with .convolab or .packed");
    }
}

Result<std::string> readText(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (stream) text << stream.rdbuf();
    if (stream.good()) return text.str();
    return Error{ErrorCode::NotFound, "cannot read \"" + file + "\"", {}, "check the path and its permissions"};
}

Result<CompressionPlan> planFrom(const Options& options, const NetworkSource& source) {
    if (!options.planFile.empty()) {
        CONVOLAB_ASSIGN(const std::string text, readText(options.planFile));
        return planFromJson(text, source.spec);
    }
    CONVOLAB_ASSIGN(const Granularity granularity, granularityFromName(options.granularity));
    if (!options.global) return uniformPlan(source.spec, options.criterion, granularity, *options.sparsity, options.seed);
    return planForGlobalSparsity(source.spec, *source.weights, options.criterion, granularity, *options.sparsity, options.seed);
}

Result<Recipe> recipeFrom(const Options& options, const NetworkSource& source) {
    Recipe recipe;
    if (source.recipe) recipe.batchSize = source.recipe->batchSize;
    recipe.dataset = options.data.name;
    recipe.epochs = std::max<std::int64_t>(1, options.finetune);
    recipe.rate = options.rate.value_or(kUsualRate);
    recipe.schedule.kind = "cosine";
    recipe.seed = options.seed;
    recipe.batchSize = options.batch.value_or(recipe.batchSize);
    if (options.optimizer) {
        CONVOLAB_ASSIGN(recipe.optimizer, parseOptimizer(*options.optimizer));
    }
    if (options.schedule) {
        CONVOLAB_ASSIGN(recipe.schedule, parseSchedule(*options.schedule));
    }
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    return recipe;
}

/// One call of `convolab prune`, in the order in which things happen.
class PruneRun {
  public:
    PruneRun(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        setComputeThreads(m_options.threads);
        const Status done = work();
        if (done.ok()) return kExitDone;
        if (done.error().code != ErrorCode::Cancelled) return m_console.fail(done.error());
        m_console.message("interrupted" + (m_run ? " at step " + withThousands(m_run->step()) : std::string()) +
                          (m_written ? ": the pruned network as it was then is in " + m_options.out : ": nothing was written"));
        return kExitInterrupted;
    }

  private:
    Status work() {
        CONVOLAB_RETURN_IF_ERROR(prepare());
        CONVOLAB_RETURN_IF_ERROR(addStage("trained", m_source.spec, *m_source.weights));
        CONVOLAB_RETURN_IF_ERROR(m_options.finetune > 0 ? finetune() : prune());
        m_result.spec = m_source.spec;
        m_nonZeroMacs = nonZeroMacs(m_source.spec, *m_masks);
        if (m_options.toDense) CONVOLAB_RETURN_IF_ERROR(thin());
        return finish();
    }

    Status prepare() {
        if (documentsMissing() && fs::path(m_options.out).extension() == ".convolab") {
            return leftOutError("SQLite", "a .convolab document", "name a .packed file as --out");
        }
        if (const auto missing = onnxMissing()) m_console.message("no ONNX file will be written: " + missing->message);
        CONVOLAB_ASSIGN(m_source, openNetwork(m_options.model));
        CONVOLAB_RETURN_IF_ERROR(requireWeights(m_source, m_options.model, m_options.data.name));
        std::error_code ignored;
        if (fs::equivalent(m_options.out, m_options.model, ignored)) {
            return Error{ErrorCode::InvalidArgument, "--out names the network itself, which would be replaced", {}, "name another file"};
        }
        CONVOLAB_ASSIGN(m_dataset, openFor(m_options.data, m_source.spec));
        if (m_options.limit > 0) m_dataset = limited(m_dataset, m_options.limit);
        CONVOLAB_ASSIGN(m_plan, planFrom(m_options, m_source));
        CONVOLAB_ASSIGN(m_recipe, recipeFrom(m_options, m_source));
        if (m_dataset->size(Split::Validation) > 0 || m_options.finetune == 0) return {};
        return Error{ErrorCode::InvalidArgument, m_dataset->info().title + " has no validation images to choose weights by", {}, "use another data set"};
    }

    Result<Evaluation> measure(const NetworkSpec& spec, const WeightSet& weights, Split split) const {
        return evaluate(spec, weights, *m_dataset, split, 0, [](double) { return !interrupted(); });
    }

    Status addStage(const std::string& name, const NetworkSpec& spec, const WeightSet& weights) {
        CONVOLAB_ASSIGN(const Evaluation evaluation, measure(spec, weights, Split::Validation));
        addStage(name, weights, evaluation.accuracy, evaluation.images);
        return {};
    }

    void addStage(const std::string& name, const WeightSet& weights, double accuracy, std::int64_t images) {
        const std::size_t bytes = weights.parameters.size() * sizeof(float);
        m_stages.push_back({{"name", name}, {"bytes", bytes}, {"accuracy", accuracy}});
        m_console.result(name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + accuracyText(accuracy, images) +
                         " on " + withThousands(images) + " validation images · " + formatBytes(static_cast<double>(bytes)));
    }

    Status prune() {
        CONVOLAB_ASSIGN(Masks masks, makeMasks(m_source.spec, *m_source.weights, m_plan));
        m_masks = std::make_shared<const Masks>(std::move(masks));
        m_result.weights = masked(*m_source.weights, *m_masks);
        return addStage("pruned", m_source.spec, m_result.weights);
    }

    Status finetune() {
        PruningSettings settings;
        settings.plan = m_plan;
        settings.schedule = m_options.gradual ? PruningSchedule::Gradual : PruningSchedule::OneShot;
        settings.recipe = m_recipe;
        CONVOLAB_ASSIGN(m_run, PruningRun::create(m_source.spec, m_dataset, *m_source.weights, settings));
        if (!m_options.gradual) addStage("pruned", *m_run->publish(), m_run->rows().front().accuracy, m_run->rows().front().images);
        auto bar = std::make_unique<ProgressBar>(m_console, m_options.gradual ? "pruning" : "fine-tuning");
        std::size_t reported = 0;
        const auto report = [&] {
            for (; reported < m_run->rows().size(); ++reported) {
                if (m_console.verbose) bar->clear();
                reportRow(m_run->rows()[reported]);
            }
        };
        while (!m_run->finished()) {
            if (interrupted()) return stopped();
            CONVOLAB_RETURN_IF_ERROR(m_run->runStep());
            report();
            const PruningRow& last = m_run->rows().back();
            bar->update(static_cast<double>(m_run->step()) / static_cast<double>(m_run->totalSteps()),
                        "sparsity " + percentText(last.sparsity, 1) + "  validation " + percentText(last.accuracy, 1));
        }
        report();
        bar.reset();
        m_masks = m_run->masks();
        m_result.weights = *m_run->bestWeights();
        m_result.history = m_run->history();
        addStage("fine-tuned", m_result.weights, m_run->bestAccuracy(), m_dataset->size(Split::Validation));
        return {};
    }

    /// What was reached is written, then the run ends as cancelled.
    Status stopped() {
        m_result.spec = m_source.spec;
        m_result.weights = *m_run->publish();
        m_result.history = m_run->history();
        m_result.state = "cancelled";
        CONVOLAB_RETURN_IF_ERROR(writePruned(m_options.out, m_result, m_recipe, *m_dataset));
        m_written = true;
        return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
    }

    void reportRow(const PruningRow& row) const {
        m_console.object({{"event", "validation"},
                          {"step", row.step},
                          {"epoch", row.epoch},
                          {"sparsity", row.sparsity},
                          {"loss", row.loss},
                          {"accuracy", row.accuracy},
                          {"images", row.images}});
        m_console.detail("epoch " + fixedText(row.epoch, 2) + "  sparsity " + percentText(row.sparsity) + "  validation loss " +
                         valueText(row.loss) + "  accuracy " + percentText(row.accuracy));
    }

    Status thin() {
        CONVOLAB_ASSIGN(m_dense, toDense(m_source.spec, m_result.weights, *m_masks));
        const std::int64_t count = std::min(kComparedImages, m_dataset->size(Split::Test));
        Tensor images(m_dataset->info().imageShape.withBatch(count));
        const auto pixels = static_cast<std::size_t>(m_dataset->info().imageShape.size());
        for (std::int64_t i = 0; i < count; ++i) {
            m_dataset->image(Split::Test, i, images.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
        }
        CONVOLAB_ASSIGN(m_difference, maxAbsDifference(m_source.spec, m_result.weights, m_dense->spec, m_dense->weights, images.view()));
        m_result.spec = m_dense->spec;
        m_result.weights = m_dense->weights;
        return addStage("to dense", m_result.spec, m_result.weights);
    }

    Status finish() {
        CONVOLAB_ASSIGN(const Evaluation validation, measure(m_result.spec, m_result.weights, Split::Validation));
        CONVOLAB_ASSIGN(const Evaluation test, measure(m_result.spec, m_result.weights, Split::Test));
        m_result.validationAccuracy = validation.accuracy;
        m_result.testAccuracy = test.accuracy;
        CONVOLAB_ASSIGN(const std::vector<fs::path> written, writePruned(m_options.out, m_result, m_recipe, *m_dataset));
        const Cost before = analyze(m_source.spec).total;
        const Cost after = analyze(m_result.spec).total;
        const Masks::Count weights = m_masks->count();
        const auto kept = static_cast<std::int64_t>(std::ranges::count(m_masks->keep, std::uint8_t{1}));
        print(before, after, kept);
        m_console.result("test accuracy " + accuracyText(test.accuracy, test.images) + " on " + withThousands(test.images) + " images (95 % interval)");
        const auto bytes = after.parameters * static_cast<std::int64_t>(sizeof(float));
        const auto denseBytes = before.parameters * static_cast<std::int64_t>(sizeof(float));
        Json done = {{"event", "done"},
                     {"parameters_kept", m_dense ? after.parameters : kept},
                     {"sparsity", weights.sparsity()},
                     {"macs", after.macs},
                     {"nonzero_macs", m_nonZeroMacs},
                     {"dense_macs", before.macs},
                     {"bytes", bytes},
                     {"dense_bytes", denseBytes},
                     {"ratio", static_cast<double>(denseBytes) / static_cast<double>(bytes)},
                     {"validation", evaluationJson(validation)},
                     {"test", evaluationJson(test)},
                     {"stages", m_stages}};
        if (m_dense) done["max_abs_difference"] = m_difference;
        done["layers"] = layersJson();
        done["notes"] = m_notes;
        Json files = Json::array();
        for (const fs::path& file : written) {
            m_console.result("  " + file.string());
            files.push_back(file.string());
        }
        done["files"] = files;
        m_console.object(done);
        return {};
    }

    void print(const Cost& before, const Cost& after, std::int64_t kept) {
        m_console.result("sparsity " + percentText(m_masks->count().sparsity()) + " of the weights · " + withThousands(kept) + " of " +
                         withThousands(before.parameters) + " parameters kept · non-zero MACs " + withThousands(m_nonZeroMacs) + " of " +
                         withThousands(before.macs));
        if (!m_dense) {
            m_console.result("executed MACs stay " + withThousands(before.macs) + " until the network is made dense (--to-dense)");
            return;
        }
        m_console.result("to dense: " + withThousands(m_dense->filtersRemoved()) + " filters and units removed · MACs " + withThousands(before.macs) +
                         " → " + withThousands(after.macs) + " · parameters " + withThousands(before.parameters) + " → " +
                         withThousands(after.parameters) + " · logits differ by at most " + valueText(m_difference, 2));
        if (m_dense->filtersRemoved() == 0) m_notes.push_back("to dense removed nothing: no whole filter is pruned (prune with --granularity filter)");
        for (const auto& held : m_dense->held) {
            m_notes.push_back(withThousands(held.filters) + " pruned of " + m_source.spec.node(held.layer)->name + " had to stay: " + held.reason);
        }
        for (const std::string& note : m_notes) m_console.result("note: " + note);
    }

    Json layersJson() const {
        Json layers = Json::array();
        const Analysis after = analyze(m_result.spec);
        for (const NodeId id : compressibleLayers(m_source.spec)) {
            const Masks::Count count = m_masks->count(id);
            layers.push_back({{"name", m_source.spec.node(id)->name},
                              {"weights", count.total},
                              {"kept", count.kept},
                              {"sparsity", count.sparsity()},
                              {"filters", after.find(id)->output->channels()},
                              {"macs", after.find(id)->cost.macs}});
        }
        return layers;
    }

    const Options& m_options;
    const Console& m_console;
    NetworkSource m_source;
    DatasetPtr m_dataset;
    CompressionPlan m_plan;
    Recipe m_recipe;
    MasksPtr m_masks;
    std::unique_ptr<PruningRun> m_run;
    std::optional<DenseNetwork> m_dense;
    double m_difference = 0.0;
    std::int64_t m_nonZeroMacs = 0;
    PrunedNetwork m_result;
    bool m_written = false;
    Json m_stages = Json::array();
    std::vector<std::string> m_notes;
};

void addHowMuch(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { return option->group("Pruning")->option_text(takes); };
    std::vector<std::string> criteria;
    for (const PruningCriterion* criterion : pruningCriteria()) criteria.push_back(criterion->id);
    CLI::Option* plan = group(app.add_option("--plan", options.planFile, "What each layer loses, as JSON, instead of the next four"), "FILE");
    group(app.add_option("--criterion", options.criterion, "Which go first (default magnitude); they are listed below")->check(oneOf(criteria)), "NAME")
        ->excludes(plan);
    group(app.add_option("--granularity", options.granularity,
                         "What goes together: weight, kernel (the slice of a filter for one map) or filter (default weight)")
              ->check(oneOf({"weight", "kernel", "filter"})),
          "NAME")
        ->excludes(plan);
    group(app.add_option("--sparsity", options.sparsity, "Which share of them, from 0 to below 1")->check(shareBelowOne()), "X")->excludes(plan);
    app.add_flag("--global", options.global, "One threshold over all layers; otherwise each layer loses the same share")
        ->group("Pruning")
        ->excludes(plan);
    app.add_flag("--to-dense", options.toDense, "Remove pruned filters for good: a really smaller network that computes the same")->group("Pruning");
    group(app.add_option("--seed", options.seed, "Decides the random criterion and the order of training (default 0)")->check(wholeNumber(0)), "N");
}

void addTraining(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { option->group("Fine-tuning")->option_text(takes); };
    group(app.add_option("--finetune", options.finetune, "Train on for so many epochs; pruned weights stay 0 (default 0)")->check(wholeNumber(0, 100'000)), "EPOCHS");
    app.add_flag("--gradual", options.gradual, "Let the sparsity rise during the first two thirds of the training (Zhu and Gupta's cubic)")->group("Fine-tuning");
    group(app.add_option("--lr", options.rate, "Learning rate (default 0.0005)")->check(notNegative()), "X");
    group(app.add_option("--batch", options.batch, "Images per step (default: the document's)")->check(wholeNumber(1, 1'000'000)), "N");
    group(app.add_option("--optimizer", options.optimizer, "As for train (default adam)")->check(optimizerWord()), "SPEC");
    group(app.add_option("--schedule", options.schedule, "As for train (default cosine)")->check(scheduleWord()), "SPEC");
}

std::string pruneHelp() {
    std::string text = "Criteria:\n";
    for (const PruningCriterion* criterion : pruningCriteria()) text += "  " + criterion->id + "\n      " + criterion->help + "\n";
    return text +
           "\nWeights are chosen by validation accuracy; test accuracy is measured once, at the end. --out gets a document with\n"
           "the pruned network as its best weights, or the network as a packed file, and an ONNX file beside it. Pruned\n"
           "weights are stored as zeros: bytes are those of the parameters as float32, and fall with --to-dense.\n";
}

}  // namespace

std::function<int(const Console&)> setUpPrune(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model, "A trained .convolab document; its best weights by validation are used")
        ->required()
        ->check(modelWord());
    addDataOptions(app, options->data);
    app.add_option("--limit", options->limit, "Only the first N training images, and at most N of the other splits")
        ->check(wholeNumber(1))
        ->group("Data")
        ->option_text("N");
    addHowMuch(app, *options);
    addTraining(app, *options);
    const auto running = [](CLI::Option* option, const char* takes) { return option->group("Running")->option_text(takes); };
    running(app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")->check(wholeNumber(1, 256)), "N");
    running(app.add_option("--out", options->out, "Document or packed file to write, NAME.convolab or NAME.packed"), "FILE")->required();
    app.footer(pruneHelp());
    app.callback([options] { checkUsage(*options); });
    return [options](const Console& console) { return PruneRun(*options, console).run(); };
}

}  // namespace convolab
