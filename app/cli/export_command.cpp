#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/cli/train_options.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/interop/onnx_export.h"
#include "core/interop/onnx_qdq.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"

namespace convolab {

namespace {

struct Options {
    std::string model;
    std::string format = "onnx";
    std::string out;
    int opset = 13;
    std::uint64_t seed = 42;
};

int exportJson(const Options& options, const NetworkSource& source, const Console& console) {
    const std::string text = specToJson(source.spec);
    if (auto written = writeFileAtomically(options.out, text); !written.ok())
        return console.fail(written.error());
    console.result(options.out + "  " + formatBytes(static_cast<double>(text.size())));
    console.object({{"event", "done"},
                    {"file", options.out},
                    {"bytes", text.size()},
                    {"opset", nullptr},
                    {"ir_version", nullptr},
                    {"checked", specFromJson(text).ok()}});
    return kExitDone;
}

Error noCodebooks(const std::string& model) {
    return {ErrorCode::InvalidArgument, model + " has no shared weights", {},
            "name a .packed file that \"convolab compress\" has written, or export --to onnx"};
}

/// What was written, and the last object.
int reportOnnx(const OnnxExportReport& report, const Console& console) {
    console.result(report.file.string() + "  " + formatBytes(static_cast<double>(report.bytes)) + ", opset " +
                   std::to_string(report.opset) + (report.checked ? ", checked" : ""));
    console.object({{"event", "done"},
                    {"file", report.file.string()},
                    {"bytes", report.bytes},
                    {"opset", report.opset},
                    {"ir_version", report.irVersion},
                    {"checked", report.checked}});
    return kExitDone;
}

Result<OnnxExportReport> exportQuantized(const Options& options, const NetworkSource& source) {
    if (!source.quantization || !source.weights) {
        return Error{ErrorCode::InvalidArgument, options.model + " is not quantised", {},
                     "quantise it first: convolab quantize " + shellWord(options.model) + " --calibrate D --out FILE.convolab"};
    }
    CONVOLAB_ASSIGN(const IntegerNetwork network, makeIntegerNetwork(source.spec, *source.weights, source.quantization->plan,
                                                                     source.quantization->ranges));
    return exportOnnxQdq(network, options.out, {.opset = options.opset, .metadata = {}});
}

int run(Options options, const Console& console) {
    const auto source = openNetwork(options.model);
    if (!source.ok()) return console.fail(source.error());
    if (options.out.empty()) options.out = source->name + (options.format == "json" ? ".json" : ".onnx");
    if (options.format == "json") return exportJson(options, *source, console);

    const Analysis analysis = analyze(source->spec);
    if (auto complete = requireComplete(source->spec, analysis); !complete.ok())
        return console.fail(complete.error());
    if (options.format == "onnx-qdq") {
        const auto report = exportQuantized(options, *source);
        return report.ok() ? reportOnnx(*report, console) : console.fail(report.error());
    }
    if (!source->weights) {
        console.message(options.model + " has no trained weights: exporting fresh ones, seed " +
                        std::to_string(options.seed));
    }
    const WeightSet weights =
        source->weights ? *source->weights : initialWeights(source->spec, analysis, options.seed);
    OnnxExportOptions form{.opset = options.opset, .metadata = {}};
    if (options.format == "onnx-codebook") {
        if (source->codebooks.empty()) return console.fail(noCodebooks(options.model));
        form.codebooks = source->codebooks;
    }
    const auto report = exportOnnx(source->spec, weights, options.out, form);
    if (!report.ok()) return console.fail(report.error());
    return reportOnnx(*report, console);
}

}  // namespace

std::function<int(const Console&)> setUpExport(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model,
                   "A preset's name (\"convolab presets\"), a .convolab document, a .packed file or a .json spec")
        ->required()
        ->check(modelWord());
    app.add_option("--to", options->format,
                   "onnx (network and weights, for other programs), onnx-qdq (the integers of a quantised document), onnx-codebook "
                   "(shared weights of a .packed file as codes and a table) or json (the network alone)")
        ->required()
        ->check(oneOf({"onnx", "onnx-qdq", "onnx-codebook", "json"}))
        ->option_text("FORMAT");
    app.add_option("--out", options->out, "File to write (default: the network's name in the current folder)")
        ->option_text("FILE");
    app.add_option("--opset", options->opset, "Version of the ONNX operator set (default and only: 13)")
        ->check(oneOf({"13"}))
        ->option_text("N");
    app.add_option("--seed", options->seed,
                   "Of the fresh weights where MODEL has no trained ones (default 42)")
        ->check(wholeNumber(0))
        ->option_text("N");
    return [options](const Console& console) { return run(*options, console); };
}

}  // namespace convolab
