#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/quantized_device.h"
#include "app/report/regression.h"
#include "core/cpu/compute_team.h"
#include "core/train/evaluate_on.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

struct Options {
    std::string model;
    DataOptions data;
    std::string split = "test";
    std::int64_t limit = 0;
    std::string device = "cpu", precision = "float32";
    int threads = 0;
};

struct Measured {
    Evaluation evaluation;
    std::string how;  ///< "" for float32 on the processor
};

/// A quantised document is measured as it would run: in integers.
Result<Measured> measure(const NetworkSource& source, const Device& device, const Dataset& dataset, Split split, std::int64_t limit,
                         const std::function<bool(double)>& progress) {
    if (!source.quantization) {
        CONVOLAB_ASSIGN(Evaluation evaluation, evaluateOn(trainingDevice(device).compile, source.spec, *source.weights, dataset, split, limit, progress));
        return Measured{std::move(evaluation), device.ordinal < 0 ? "" : "measured on " + device.name + precisionSuffix(device)};
    }
    CONVOLAB_ASSIGN(const auto model, quantizedOn(device, source.spec, *source.weights, source.quantization->plan,
                                                  source.quantization->ranges, {.maximumBatch = 128}));
    CONVOLAB_ASSIGN(Evaluation evaluation, evaluateQuantized(*model, dataset, split, limit, {}, progress));
    return Measured{std::move(evaluation), "quantised: " + arithmeticText(*model, device)};
}

int reportRegression(const Evaluation& evaluation, const Targets& targets, const NetworkSource& source, const Options& options,
                     const Console& console) {
    console.result("RMSE " + rootErrorText(evaluation.loss, targets.estimated.unit) + " on " + withThousands(evaluation.images) + " " +
                   options.split + " samples · MSE " + valueText(evaluation.loss, 5));
    nlohmann::ordered_json done = {{"event", "done"},
                                   {"loss", evaluation.loss},
                                   {"rmse", std::sqrt(evaluation.loss)},
                                   {"unit", targets.estimated.unit},
                                   {"images", evaluation.images}};
    const auto line = fittedLine(source.spec, *source.weights);
    if (line && line->slopes.size() == 1) {
        console.result(fittedLineText(*line, targets));
        done["fit"] = {{"intercept", line->intercept}, {"slope", line->slopes.front()}};
    }
    console.object(done);
    return kExitDone;
}

int run(const Options& options, const Console& console) {
    setComputeThreads(options.threads);
    const auto source = openNetwork(options.model);
    if (!source.ok()) return console.fail(source.error());
    if (const Status trained = requireWeights(*source, options.model, options.data.name); !trained.ok())
        return console.fail(trained.error());
    const auto dataset = openFor(options.data, source->spec);
    if (!dataset.ok()) return console.fail(dataset.error());
    const auto split = splitFromName(options.split);
    if (!split.ok()) return console.fail(split.error());

    const auto device = findDevice(options.device, options.precision);
    if (!device.ok()) return console.fail(device.error());
    if (source->quantization && device->precision != kGpuFloat32) {
        return console.fail({ErrorCode::InvalidArgument, options.model + " is quantised: it computes in integers", {}, "leave --precision out"});
    }

    watchInterrupts();
    ProgressBar progress(console, "evaluating");
    const auto measured = measure(*source, *device, **dataset, *split, options.limit, [&](double share) {
        progress.update(share, "");
        return !interrupted();
    });
    if (!measured.ok()) {
        return measured.error().code == ErrorCode::Cancelled ? kExitInterrupted : console.fail(measured.error());
    }
    const Evaluation* evaluation = &measured->evaluation;
    if (!measured->how.empty()) console.result(measured->how);
    if (isRegression(**dataset)) return reportRegression(*evaluation, *targetsOf(**dataset), *source, options, console);
    console.result("accuracy " + accuracyText(evaluation->accuracy, evaluation->images) + " on " +
                   withThousands(evaluation->images) + " " + options.split + " images");
    console.result("top-5 " + percentText(evaluation->top5) + " · loss " + valueText(evaluation->loss));
    console.object({{"event", "done"},
                    {"loss", evaluation->loss},
                    {"accuracy", evaluation->accuracy},
                    {"top5", evaluation->top5},
                    {"images", evaluation->images},
                    {"confusion", evaluation->confusion},
                    {"device", device->id},
                    {"precision", precisionOf(device->precision).word}});
    return kExitDone;
}

}  // namespace

std::function<int(const Console&)> setUpEval(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model,
                   "A trained .convolab document (its best weights by validation are used) or a .packed file")
        ->required()
        ->check(modelWord());
    addDataOptions(app, options->data);
    app.add_option("--split", options->split,
                   "test, validation or train (default test; use validation to choose between networks)")
        ->check(oneOf({"test", "validation", "train"}))
        ->group("Data")
        ->option_text("NAME");
    app.add_option("--limit", options->limit, "Only the first N images of the split")
        ->check(wholeNumber(1))
        ->group("Data")
        ->option_text("N");
    addDeviceOption(app, options->device, "Where to compute");
    app.add_option("--precision", options->precision, "On a GPU: convolutions and dense layers in float32, tf32, bf16 or fp16 (default float32)")
        ->check(precisionWord())
        ->group("Running")
        ->option_text("NAME");
    app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")
        ->check(wholeNumber(1, 256))
        ->group("Running")
        ->option_text("N");
    return [options](const Console& console) { return run(*options, console); };
}

}  // namespace convolab
