#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/cli/quantized_files.h"
#include "app/cli/table.h"
#include "app/quantized_device.h"
#include "core/compress/masks.h"
#include "core/compress/quantization/fine_tuning.h"
#include "core/compress/quantization/quantization_error.h"
#include "core/cpu/compute_team.h"
#include "core/project/documents.h"
#include "core/util/left_out.h"
#include "core/train/evaluate_on.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kComparedImages = 256;  // validation images for the error of each layer
constexpr double kUsualRate = 1e-4;            // the weights are nearly right, and must not leave their grids too far

struct Options {
    std::string model;
    DataOptions data;
    int weightBits = 8;
    int activationBits = 8;
    std::string per = "channel";
    std::string range = "minmax";
    std::string planFile;
    std::int64_t images = 512;
    std::int64_t qat = 0;
    double rate = kUsualRate;
    std::optional<std::int64_t> batch;
    std::uint64_t seed = 0;
    std::string device = "cpu";
    int threads = 0;
    std::string out;
};

Json evaluationJson(const Evaluation& evaluation) {
    return {{"loss", evaluation.loss}, {"accuracy", evaluation.accuracy}, {"images", evaluation.images}};
}

/// What does not go together is bad usage.
void checkUsage(const Options& options) {
    const auto refuse = [](const std::string& sentence) { throw CLI::ValidationError(sentence); };
    if (!options.out.empty() && fs::path(options.out).extension() != ".convolab") {
        refuse("\"" + options.out + "\" is not a document's name: end it with .convolab");
    }
    if (options.weightBits == kFloatBits && options.planFile.empty()) {
        refuse("--weights 32 quantises nothing: give 8 bits or fewer, or a --plan");
    }
}

/// The plan as typed; a file says the bits of each layer, and the other options the rest.
Result<CompressionPlan> planFrom(const Options& options, const NetworkSpec& spec) {
    CompressionPlan plan;
    if (!options.planFile.empty()) {
        std::ifstream stream(options.planFile, std::ios::binary);
        std::ostringstream text;
        if (stream) text << stream.rdbuf();
        if (!stream.good()) {
            return Error{ErrorCode::NotFound, "cannot read \"" + options.planFile + "\"", {}, "check the path and its permissions"};
        }
        CONVOLAB_ASSIGN(plan, planFromJson(text.str(), spec));
    } else {
        for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = options.weightBits;
    }
    plan.seed = options.seed;
    plan.quantization = {.perChannel = options.per == "channel",
                         .activationBits = options.activationBits,
                         .range = options.range,
                         .calibrationImages = options.images};
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, spec));
    return plan;
}

/// One call of `convolab quantize`, in the order in which things happen.
class QuantizeRun {
  public:
    QuantizeRun(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        setComputeThreads(m_options.threads);
        const Status done = work();
        if (done.ok()) return kExitDone;
        if (done.error().code != ErrorCode::Cancelled) return m_console.fail(done.error());
        m_console.message("interrupted: nothing was written");
        return kExitInterrupted;
    }

  private:
    bool integers() const { return m_document.plan.quantization.activationBits < kFloatBits; }

    std::function<bool(double)> watching(ProgressBar& bar) const {
        return [&bar](double share) {
            bar.update(share, "");
            return !interrupted();
        };
    }

    Status work() {
        CONVOLAB_RETURN_IF_ERROR(prepare());
        CONVOLAB_RETURN_IF_ERROR(addFloatStage());
        CONVOLAB_RETURN_IF_ERROR(calibrate());
        CONVOLAB_RETURN_IF_ERROR(addStage("quantised"));
        if (m_options.qat > 0) CONVOLAB_RETURN_IF_ERROR(fineTune());
        return finish();
    }

    Status prepare() {
        CONVOLAB_ASSIGN(m_device, findDevice(m_options.device));
        if (documentsMissing()) {
            if (!m_options.out.empty()) return leftOutError("SQLite", "a .convolab document", "leave --out away and see the accuracies alone");
            m_console.message("only measured, not kept: " + documentsMissing()->message);
        }
        CONVOLAB_ASSIGN(m_source, openNetwork(m_options.model));
        CONVOLAB_RETURN_IF_ERROR(requireWeights(m_source, m_options.model, m_options.data.name));
        std::error_code ignored;
        if (fs::equivalent(m_options.out, m_options.model, ignored)) {
            return Error{ErrorCode::InvalidArgument, "--out names the network itself, which would be replaced", {}, "name another file"};
        }
        m_weights = *m_source.weights;
        CONVOLAB_ASSIGN(m_dataset, openFor(m_options.data, m_source.spec));
        CONVOLAB_ASSIGN(m_document.plan, planFrom(m_options, m_source.spec));
        m_bytes = packedBytes(m_source.spec, m_weights, m_document.plan);
        m_denseBytes = 4 * static_cast<std::int64_t>(m_weights.parameters.size() + m_weights.statistics.size());
        return {};
    }

    void report(const std::string& name, std::int64_t bytes, const Evaluation& evaluation) {
        m_stages.push_back({{"name", name}, {"bytes", bytes}, {"accuracy", evaluation.accuracy}});
        m_console.result(name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') +
                         accuracyText(evaluation.accuracy, evaluation.images) + " on " + withThousands(evaluation.images) +
                         " validation images · " + formatBytes(static_cast<double>(bytes)));
    }

    Status addFloatStage() {
        CONVOLAB_ASSIGN(const Evaluation evaluation, evaluateOn(trainingDevice(m_device).compile, m_source.spec, m_weights, *m_dataset,
                                                                Split::Validation, 0, [](double) { return !interrupted(); }));
        report("trained", m_denseBytes, evaluation);
        return {};
    }

    Status calibrate() {
        if (!integers()) return {};
        ProgressBar bar(m_console, "calibrating");
        CONVOLAB_ASSIGN(const ActivationStatistics seen,
                        observeActivations(m_source.spec, m_weights, *m_dataset, m_document.plan.quantization,
                                           m_document.plan.seed, watching(bar)));
        CONVOLAB_ASSIGN(m_document.ranges, chooseRanges(seen, m_document.plan.quantization));
        return {};
    }

    Result<Evaluation> measure(Split split) const {
        CONVOLAB_ASSIGN(const auto model, quantizedOn(m_device, m_source.spec, m_weights, m_document.plan, m_document.ranges,
                                                      {.maximumBatch = 128}));
        return evaluateQuantized(*model, *m_dataset, split, 0, {}, [](double) { return !interrupted(); });
    }

    Status addStage(const std::string& name) {
        CONVOLAB_ASSIGN(const Evaluation evaluation, measure(Split::Validation));
        report(name, m_bytes, evaluation);
        return {};
    }

    Recipe recipe() const {
        Recipe recipe;
        if (m_source.recipe) recipe.batchSize = m_source.recipe->batchSize;
        recipe.dataset = m_options.data.name;
        recipe.epochs = std::max<std::int64_t>(1, m_options.qat);
        recipe.rate = m_options.rate;
        recipe.schedule.kind = "cosine";
        recipe.seed = m_options.seed;
        recipe.batchSize = m_options.batch.value_or(recipe.batchSize);
        return recipe;
    }

    Status fineTune() {
        Masks masks = masksOfZeros(m_weights);
        std::shared_ptr<const WeightConstraint> pruned;
        if (masks.count().sparsity() > 0.0) pruned = maskConstraint(std::make_shared<const Masks>(std::move(masks)));
        CONVOLAB_ASSIGN(auto constraint, roundedWeights(m_source.spec, m_weights, m_document.plan, std::move(pruned)));
        std::map<NodeId, RoundedActivation> rounded;
        if (integers()) {
            CONVOLAB_ASSIGN(const IntegerNetwork network,
                            makeIntegerNetwork(m_source.spec, m_weights, m_document.plan, m_document.ranges));
            rounded = roundedActivations(network);
        }
        CONVOLAB_ASSIGN(const auto loop, TrainingLoop::create(m_source.spec, m_dataset, recipe(), nullptr, &m_weights,
                                                              std::move(constraint), rounded, trainingDevice(m_device).compile));
        {
            ProgressBar bar(m_console, "fine-tuning");
            while (!loop->finished()) {
                if (interrupted()) return Error{ErrorCode::Cancelled, "cancelled", {}, {}};
                CONVOLAB_RETURN_IF_ERROR(loop->runStep());
                const auto& rows = loop->history().validation;
                bar.update(static_cast<double>(loop->step()) / static_cast<double>(loop->totalSteps()),
                           rows.empty() ? "" : "validation " + percentText(rows.back().accuracy, 1));
            }
        }
        m_weights = *loop->bestWeights();
        m_history = loop->history();
        return addStage("fine-tuned");
    }

    /// Which layer the integers hurt, on validation images.
    Result<Json> layers() {
        const std::int64_t count = std::min(kComparedImages, m_dataset->size(Split::Validation));
        CONVOLAB_ASSIGN(const auto errors, quantizationErrors(m_source.spec, m_weights, m_document.plan, m_document.ranges, *m_dataset,
                                                              Split::Validation,
                                                              balancedSample(*m_dataset, Split::Validation, count, m_options.seed),
                                                              [](double) { return !interrupted(); }));
        Json rows = Json::array();
        Table table({"layer", "bits", "weights SQNR", "output SQNR", "largest output error"}, {0, 1, 1, 1, 1});
        const auto decibels = [](double value) { return std::isinf(value) ? std::string("exact") : fixedText(value, 1) + " dB"; };
        for (const LayerQuantizationError& error : errors) {
            const bool weighted = m_weights.layout->find(error.node, "weight") != nullptr && error.bits < kFloatBits;
            table.row({error.name, weighted ? std::to_string(error.bits) : "", weighted ? decibels(error.weightSqnr) : "",
                       decibels(error.outputSqnr), valueText(error.outputMaxError, 2)});
            Json row = {{"name", error.name}, {"bits", error.bits}};
            row["weight_sqnr_db"] = std::isinf(error.weightSqnr) ? Json(nullptr) : Json(error.weightSqnr);
            row["output_sqnr_db"] = std::isinf(error.outputSqnr) ? Json(nullptr) : Json(error.outputSqnr);
            row["max_abs_error"] = error.outputMaxError;
            rows.push_back(std::move(row));
        }
        for (const std::string& line : table.lines()) m_console.result(line);
        return rows;
    }

    Status finish() {
        CONVOLAB_ASSIGN(const Evaluation validation, measure(Split::Validation));
        CONVOLAB_ASSIGN(const Evaluation test, measure(Split::Test));
        CONVOLAB_ASSIGN(const Json rows, layers());
        CONVOLAB_ASSIGN(const Json notes, noteWhatStaysFloat());
        const fs::path file = m_options.out;
        if (!file.empty()) CONVOLAB_RETURN_IF_ERROR(writeQuantized(file, {m_source.spec, m_weights, m_history, m_document, validation.accuracy}, recipe()));
        m_console.result("test accuracy " + accuracyText(test.accuracy, test.images) + " on " + withThousands(test.images) +
                         " images (95 % interval)");
        const double ratio = static_cast<double>(m_denseBytes) / static_cast<double>(m_bytes);
        m_console.result(formatBytes(static_cast<double>(m_denseBytes)) + " → " + formatBytes(static_cast<double>(m_bytes)) + " with packed weights, " +
                         fixedText(ratio, 1) + " times smaller");
        if (!file.empty()) m_console.result("  " + file.string());
        const Masks::Count weights = masksOfZeros(m_weights).count();
        const Analysis analysis = analyze(m_source.spec);
        m_console.object({{"event", "done"},
                          {"parameters_kept", analysis.total.parameters - (weights.total - weights.kept)},
                          {"sparsity", weights.sparsity()},
                          {"macs", analysis.total.macs},
                          {"integer_macs", m_integerMacs},
                          {"bytes", m_bytes},
                          {"dense_bytes", m_denseBytes},
                          {"ratio", ratio},
                          {"validation", evaluationJson(validation)},
                          {"test", evaluationJson(test)},
                          {"stages", m_stages},
                          {"layers", rows},
                          {"notes", notes},
                          {"device", m_device.id},
                          {"files", file.empty() ? Json::array() : Json::array({file.string()})}});
        return {};
    }

    Result<Json> noteWhatStaysFloat() {
        Json notes = Json::array();
        if (!integers()) {
            notes.push_back("activations stay float32, so the products do, too: the file is smaller, the network not faster");
        } else {
            CONVOLAB_ASSIGN(const IntegerNetwork network,
                            makeIntegerNetwork(m_source.spec, m_weights, m_document.plan, m_document.ranges));
            m_integerMacs = network.integerMacs();
            for (const IntegerLayer& layer : network.layers) {
                if (layer.isFloat()) notes.push_back(layer.name + " stays " + layer.how);
            }
            const std::string slower = slowerInIntegers(network, 1);
            if (!slower.empty()) notes.push_back(slower);
        }
        for (const auto& note : notes) m_console.result("note: " + note.get<std::string>());
        return notes;
    }

    const Options& m_options;
    const Console& m_console;
    Device m_device;
    NetworkSource m_source;
    DatasetPtr m_dataset;
    WeightSet m_weights;
    History m_history;
    DocumentQuantization m_document;
    std::int64_t m_bytes = 0, m_denseBytes = 0, m_integerMacs = 0;
    Json m_stages = Json::array();
};

void addGrid(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) { return option->group("Grid")->option_text(takes); };
    std::vector<std::string> rules;
    for (const RangeRule& rule : rangeRules()) rules.push_back(rule.id);
    const std::vector<std::string> bits{"2", "3", "4", "5", "6", "7", "8", "32"};
    group(app.add_option("--weights", options.weightBits, "Bits of a weight: 2 to 8 (default 8)")->check(oneOf(bits)), "BITS");
    group(app.add_option("--activations", options.activationBits, "Bits of an activation: 2 to 8, or 32: only the weights are rounded (default 8)")
              ->check(oneOf(bits)), "BITS");
    group(app.add_option("--per", options.per, "A scale for each channel (filter, unit) or one for the tensor (default channel)")
              ->check(oneOf({"channel", "tensor"})), "WORD");
    group(app.add_option("--range", options.range, "How far a grid reaches (default minmax); the rules are listed below")->check(oneOf(rules)), "NAME");
    group(app.add_option("--plan", options.planFile, "The bits of each layer, as JSON, instead of --weights"), "FILE");
    group(app.add_option("--images", options.images, "Training images to calibrate activations on (default 512)")->check(wholeNumber(1)), "N");
}

std::string quantizeHelp() {
    std::string text = "Range rules:\n";
    for (const RangeRule& rule : rangeRules()) text += "  " + rule.id + "\n      " + rule.help + "\n";
    return text +
           "\nThe document keeps float32 weights with the plan and the ranges: eval runs it in integers, and export --to onnx-qdq\n"
           "writes it for other programs. Bytes count the weights as packed bits, with scales and biases. On x86 processors without\n"
           "VNNI, ONNX Runtime saturates products of 8-bit weights: give it --weights 7, or its option session.x64quantprecision.\n";
}

}  // namespace

std::function<int(const Console&)> setUpQuantize(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model, "A trained .convolab document; its best weights by validation are used")
        ->required()
        ->check(modelWord());
    app.add_option("--calibrate", options->data.name,
                   "The data set (\"convolab data list\" or a folder of images by class): its training images set the ranges, "
                   "accuracy is measured on the others")
        ->required()
        ->check(dataWord())
        ->group("Data")
        ->option_text("D");
    addDataDir(app, options->data.dataDir);
    addGrid(app, *options);
    const auto group = [](CLI::Option* option, const char* name, const char* takes) { return option->group(name)->option_text(takes); };
    group(app.add_option("--qat", options->qat, "Train on for so many epochs with rounded weights and activations (default 0)")->check(wholeNumber(0, 100'000)),
          "Fine-tuning", "EPOCHS");
    group(app.add_option("--lr", options->rate, "Learning rate (default 0.0001)")->check(notNegative()), "Fine-tuning", "X");
    group(app.add_option("--batch", options->batch, "Images per step (default: the document's)")->check(wholeNumber(1, 1'000'000)), "Fine-tuning", "N");
    group(app.add_option("--seed", options->seed, "Of the calibration sample and the fine-tuning (default 0)")->check(wholeNumber(0)), "Running", "N");
    addDeviceOption(app, options->device, "Where to fine-tune and to measure accuracy; ranges are observed on the CPU");
    group(app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")->check(wholeNumber(1, 256)), "Running", "N");
    group(app.add_option("--out", options->out, "Document to write, NAME.convolab"), "Running", "FILE")->required(!documentsMissing());
    app.footer(quantizeHelp());
    app.callback([options] { checkUsage(*options); });
    return [options](const Console& console) { return QuantizeRun(*options, console).run(); };
}

}  // namespace convolab
