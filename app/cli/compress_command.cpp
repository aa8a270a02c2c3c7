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
#include "app/cli/quantized_files.h"
#include "app/cli/table.h"
#include "core/compress/compression_run.h"
#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/interop/onnx_qdq.h"
#include "core/project/documents.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr int kOnnxActivationBits = 8;

struct Options {
    std::string model;
    std::string recipe;
    DataOptions data;
    std::string out = "convolab-out";
    int threads = 0;
};

Json evaluationJson(const Evaluation& evaluation) {
    return {{"loss", evaluation.loss}, {"accuracy", evaluation.accuracy}, {"images", evaluation.images}};
}

Json stageJson(const CompressionStage& stage) {
    return {{"name", stage.name}, {"bytes", stage.bytes}, {"accuracy", stage.accuracy}};
}

std::string ratioText(double ratio) { return fixedText(ratio, 1) + "×"; }

Result<std::string> readText(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!stream || !(text << stream.rdbuf())) {
        return Error{ErrorCode::NotFound, "cannot read \"" + file.string() + "\"", {}, "check the path and its permissions"};
    }
    return text.str();
}

/// One call of `convolab compress`.
class CompressCall {
  public:
    CompressCall(const Options& options, const Console& console) : m_options(options), m_console(console) {}

    int run() {
        watchInterrupts();
        setComputeThreads(m_options.threads);
        if (const Status prepared = prepare(); !prepared.ok()) return m_console.fail(prepared.error());
        const auto result = compress();
        if (!result.ok()) {
            return result.error().code == ErrorCode::Cancelled ? kExitInterrupted : m_console.fail(result.error());
        }
        if (const Status done = finish(*result); !done.ok()) {
            return done.error().code == ErrorCode::Cancelled ? kExitInterrupted : m_console.fail(done.error());
        }
        return kExitDone;
    }

  private:
    Status prepare() {
        for (const auto& missing : {documentsMissing(), onnxMissing()}) {
            if (missing) m_console.message("one file less: " + missing->message);
        }
        CONVOLAB_ASSIGN(m_source, openNetwork(m_options.model));
        CONVOLAB_RETURN_IF_ERROR(requireWeights(m_source, m_options.model, m_options.data.name));
        CONVOLAB_ASSIGN(const std::string text, readText(m_options.recipe));
        auto recipe = compressionRecipeFromJson(text, m_source.spec);
        if (!recipe.ok()) {
            Error error = recipe.error();
            error.message = m_options.recipe + ": " + error.message;
            return error;
        }
        m_recipe = std::move(recipe).value();
        CONVOLAB_ASSIGN(m_dataset, openFor(m_options.data, m_source.spec));
        return makeFolder(m_options.out);
    }

    Result<CompressionResult> compress() {
        ProgressBar bar(m_console, "compressing");
        CompressionWatch watch;
        watch.progress = [&](double share, const std::string& what) {
            bar.update(share, what);
            return !interrupted();
        };
        watch.stage = [&](const CompressionStage& stage) {
            Json row = {{"event", "stage"}};
            row.update(stageJson(stage));
            m_console.object(row);
            if (m_console.verbose) bar.clear();
            m_console.detail(stage.name + ": " + withThousands(stage.bytes) + " bytes, accuracy " + percentText(stage.accuracy));
        };
        return runCompression(m_source.spec, *m_source.weights, m_dataset, m_recipe, watch);
    }

    fs::path outFile(const std::string& ending) const { return fs::path(m_options.out) / (m_source.name + ending); }

    Result<Evaluation> measure(const CompressionResult& result, Split split) const {
        return evaluateCompressed(m_source.spec, result.network.weights, result.quantization, *m_dataset, split,
                                  [](double) { return !interrupted(); });
    }

    Status finish(const CompressionResult& result) {
        const PackedNetwork& network = result.network;
        const bool validated = m_dataset->size(Split::Validation) > 0;
        CONVOLAB_ASSIGN(const Evaluation test, measure(result, Split::Test));
        CONVOLAB_ASSIGN(const Evaluation validation,
                        measure(result, validated ? Split::Validation : Split::Test));
        CONVOLAB_RETURN_IF_ERROR(writeFiles(result, validation, test));
        print(result, test);
        Json stages = Json::array();
        for (const CompressionStage& stage : result.stages) stages.push_back(stageJson(stage));
        Json files = Json::array();
        for (const fs::path& file : m_files) {
            m_console.result("  " + file.string());
            files.push_back(file.string());
        }
        m_console.object({{"event", "done"},
                          {"parameters_kept", result.parametersKept},
                          {"sparsity", result.sparsity},
                          {"macs", analyze(m_source.spec).total.macs},
                          {"non_zero_macs", nonZeroMacs(m_source.spec, masksOfZeros(network.weights))},
                          {"bytes", result.size.bytes()},
                          {"dense_bytes", result.size.denseBytes()},
                          {"ratio", result.size.ratio()},
                          {"validation", evaluationJson(validation)},
                          {"test", evaluationJson(test)},
                          {"stages", stages},
                          {"files", files}});
        return {};
    }

    Status writeFiles(const CompressionResult& result, const Evaluation& validation, const Evaluation& test) {
        Recipe training = m_source.recipe.value_or(Recipe{});
        for (const CompressionStep& step : m_recipe.steps) training = step.training.value_or(training);
        training.dataset = m_dataset->info().id;
        CONVOLAB_RETURN_IF_ERROR(result.quantization ? writeIntegers(result, validation, training) : writePacked(result, validation, test, training));
        const fs::path recipe = fs::path(m_options.out) / "recipe.json";
        CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(recipe, compressionRecipeToJson(m_recipe, m_source.spec)));
        m_files.push_back(recipe);
        return {};
    }

    Status writePacked(const CompressionResult& result, const Evaluation& validation, const Evaluation& test, const Recipe& training) {
        const fs::path packed = outFile(kPackedExtension);
        CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(packed, result.file));
        PrunedNetwork written;
        written.spec = result.network.spec;
        written.weights = result.network.weights;
        written.codebooks = result.network.codebooks;
        written.validationAccuracy = validation.accuracy;
        written.testAccuracy = test.accuracy;
        CONVOLAB_ASSIGN(m_files, documentsMissing() ? writePrunedOnnx(outFile(".onnx"), written, *m_dataset)
                                                    : writePruned(outFile(".convolab"), written, training, *m_dataset));
        m_files.insert(m_files.begin(), packed);
        return {};
    }

    /// The quantised document, and where opset 13 has a form for the integers, the ONNX file.
    Status writeIntegers(const CompressionResult& result, const Evaluation& validation, const Recipe& training) {
        const fs::path document = outFile(".convolab");
        if (!documentsMissing()) CONVOLAB_RETURN_IF_ERROR(writeQuantized(document, {m_source.spec, result.network.weights, {}, *result.quantization, validation.accuracy}, training));
        if (!documentsMissing()) m_files = {document};
        if (onnxMissing() || result.quantization->plan.quantization.activationBits != kOnnxActivationBits) return {};
        CONVOLAB_ASSIGN(const IntegerNetwork network, makeIntegerNetwork(m_source.spec, result.network.weights, result.quantization->plan,
                                                                         result.quantization->ranges));
        CONVOLAB_RETURN_IF_ERROR(exportOnnxQdq(network, outFile(".onnx")));
        m_files.push_back(outFile(".onnx"));
        return {};
    }

    void print(const CompressionResult& result, const Evaluation& test) const {
        Table table({"stage", "bytes", "ratio", "accuracy"}, {0, 1, 1, 1});
        for (const CompressionStage& stage : result.stages) {
            const double ratio = static_cast<double>(result.size.denseBytes()) / static_cast<double>(stage.bytes);
            table.row({stage.name, withThousands(stage.bytes), ratioText(ratio), percentText(stage.accuracy)});
        }
        for (const std::string& line : table.lines()) m_console.result(line);
        m_console.result("");
        Table layers({"layer", "weights", "kept", "bits", "index bits", "bytes"}, {0, 1, 1, 1, 1, 1});
        for (const LayerBytes& layer : result.size.layers) {
            layers.row({layer.name, withThousands(layer.weights), withThousands(layer.kept), std::to_string(layer.bits),
                        std::to_string(layer.spent.indexBits), withThousands(layer.stages.back())});
        }
        for (const std::string& line : layers.lines()) m_console.result(line);
        m_console.result("");
        m_console.result("biases and batch norm " + withThousands(result.size.otherBytes) + " bytes, header and network " +
                         withThousands(result.size.headerBytes));
        m_console.result("test accuracy " + accuracyText(test.accuracy, test.images) + " on " + withThousands(test.images) +
                         " images (95 % interval), error " + percentText(1.0 - test.accuracy));
    }

    const Options& m_options;
    const Console& m_console;
    NetworkSource m_source;
    CompressionRecipe m_recipe;
    DatasetPtr m_dataset;
    std::vector<fs::path> m_files;
};

std::string compressHelp() {
    std::string text = "Coders of a recipe's step \"code\"; each tensor takes the smallest so far:\n";
    for (const WeightCoder* coder : weightCoders()) text += "  " + coder->id + "\n      " + coder->help + "\n";
    return text +
           "\nLeaves NAME.packed (the network in as few bytes as it takes; a MODEL like any other), NAME.convolab, NAME.onnx"
           "\n(codes and codebooks) and recipe.json, which repeats it; of a recipe that quantises, the document and the ONNX file"
           "\nwith its integers. Accuracies of the stages are on validation images.\n";
}

}  // namespace

std::function<int(const Console&)> setUpCompress(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model, "A trained .convolab document; its best weights by validation are used")
        ->required()
        ->check(modelWord());
    app.add_option("--recipe", options->recipe, "What to do, step by step: prune, train, share or quantize, code (JSON)")
        ->required()
        ->group("Compression")
        ->option_text("FILE.json");
    addDataOptions(app, options->data);
    app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")
        ->check(wholeNumber(1, 256))
        ->group("Running")
        ->option_text("N");
    app.add_option("--out", options->out, "Folder to write to (default convolab-out)")->group("Running")->option_text("DIR");
    app.footer(compressHelp());
    return [options](const Console& console) { return CompressCall(*options, console).run(); };
}

}  // namespace convolab
