#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/help_format.h"
#include "app/cli/inspect_views.h"
#include "app/cli/option_checks.h"
#include "core/cpu/compute_team.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

struct Options {
    std::string model;
    PresetChoice preset;
    std::string image, what, dataDir, layer, place;
    std::optional<std::int64_t> unit;
    std::optional<int> steps;
    std::string out = "convolab-inspect";
    std::uint64_t seed = 42;
    int threads = 0;
};

std::vector<std::string> viewNames(bool withoutConvolution = false) {
    std::vector<std::string> names;
    for (const InspectView& view : inspectViews()) {
        if (!withoutConvolution || !view.needsConvolution) names.push_back(view.id);
    }
    return names;
}

std::string inspectHelp() {
    std::string text = "Views:\n";
    for (const InspectView& view : inspectViews()) text += helpEntry(view.id, view.help);
    return text + "\nPictures are PNG; the numbers behind them lie beside them as NPY (numpy.load) or CSV.\n";
}

/// A word that fits nothing in this network: bad usage.
int misuse(const Console& console, const Error& error) {
    console.fail(error);
    return kExitUsage;
}

Result<NodeId> layerNamed(const NetworkSpec& spec, const Analysis& analysis, const std::string& name) {
    if (name.empty()) return NodeId{};
    const Node* node = spec.nodeByName(name);
    const bool used = node != nullptr && std::ranges::find(analysis.order, node->id) != analysis.order.end();
    if (used) return node->id;
    std::vector<std::string> names;
    for (const NodeId id : analysis.order) names.push_back(spec.node(id)->name);
    return Error{ErrorCode::NotFound, "there is no layer \"" + name + "\"", "",
                 "did you mean " + nearestWord(name, names) + "? There are " + join(names, ", ")};
}

bool hasConvolution(const NetworkSpec& spec, const Analysis& analysis) {
    return std::ranges::any_of(analysis.order, [&](NodeId id) {
        return findLayerKind(spec.node(id)->kind)->group == LayerGroup::Convolution;
    });
}

/// Opens the image and runs it; says what the network thinks of it.
Status look(const Options& options, const NetworkSource& source, Inspection& inspection) {
    CONVOLAB_ASSIGN(inspection.image, openInspectedImage(options.image, options.dataDir, source,
                                                         *inspection.analysis.inputShape));
    const InspectedImage& image = *inspection.image;
    if (!image.how.empty()) inspection.console.message(image.how);
    CONVOLAB_ASSIGN(const auto probe, ActivationProbe::create(inspection.spec));
    CONVOLAB_RETURN_IF_ERROR(probe->bind(inspection.weights));
    CONVOLAB_ASSIGN(inspection.snapshot, probe->run(image.pixels.view()));
    const ActivationSnapshot& snapshot = *inspection.snapshot;
    const float probability = snapshot.probabilities[static_cast<std::size_t>(snapshot.predicted)];
    inspection.console.result(image.text + (image.label ? ": " + inspection.className(*image.label) : "") +
                              ", predicted " + inspection.className(snapshot.predicted) + " (" +
                              percentText(probability) + ")");
    return {};
}

nlohmann::ordered_json doneObject(const Options& options, const Inspection& inspection, bool trained,
                                  const nlohmann::ordered_json& details) {
    nlohmann::ordered_json object{{"event", "done"}, {"what", options.what}, {"trained", trained}};
    if (inspection.image) {
        const ActivationSnapshot& snapshot = *inspection.snapshot;
        object["image"] = inspection.image->text;
        object["label"] =
            inspection.image->label ? nlohmann::ordered_json(*inspection.image->label) : nullptr;
        object["predicted"] = snapshot.predicted;
        object["probabilities"] = snapshot.probabilities;
    }
    object.update(details);
    object["files"] = inspection.files;
    return object;
}

int run(const Options& options, const Console& console) {
    const InspectView& view = *findInspectView(options.what);
    setComputeThreads(options.threads);
    if (view.needsImage && options.image.empty()) {
        return misuse(console, {ErrorCode::InvalidArgument, view.id + " needs an image", "",
                                "add --image FILE or --image D:INDEX, for example --image digits:7"});
    }
    const auto source = openNetwork(options.model, options.preset);
    if (!source.ok()) return console.fail(source.error());
    const Analysis analysis = analyze(source->spec);
    if (auto complete = requireComplete(source->spec, analysis); !complete.ok())
        return console.fail(complete.error());
    if (view.needsConvolution && !hasConvolution(source->spec, analysis)) {
        return console.fail({ErrorCode::Unsupported,
                             options.model + " has no convolution, so " + view.id + " shows nothing", "",
                             "choose --what " + join(viewNames(true), ", ")});
    }
    const auto layer = layerNamed(source->spec, analysis, options.layer);
    if (!layer.ok()) return misuse(console, layer.error());
    if (!source->weights) {
        console.message(options.model + " has no trained weights: looking at fresh ones, seed " +
                        std::to_string(options.seed));
    }
    WeightSet weights =
        source->weights ? *source->weights : initialWeights(source->spec, analysis, options.seed);
    Inspection inspection{.console = console,
                          .spec = source->spec,
                          .analysis = analysis,
                          .weights = std::make_shared<WeightSet>(std::move(weights)),
                          .image = {},
                          .snapshot = {},
                          .out = options.out,
                          .layer = *layer,
                          .unit = options.unit,
                          .place = {},
                          .steps = options.steps,
                          .seed = options.seed,
                          .files = {}};
    if (!options.place.empty()) inspection.place = parsePlace(options.place).value();
    if (!options.image.empty()) {
        if (auto looked = look(options, *source, inspection); !looked.ok())
            return console.fail(looked.error());
    }
    if (auto made = makeFolder(options.out); !made.ok()) return console.fail(made.error());
    watchInterrupts();
    const auto details = view.run(inspection);
    if (!details.ok()) {
        return details.error().code == ErrorCode::Cancelled ? kExitInterrupted
                                                            : console.fail(details.error());
    }
    console.object(doneObject(options, inspection, source->weights.has_value(), *details));
    return interrupted() ? kExitInterrupted : kExitDone;
}

void addChoice(CLI::App& app, Options& options) {
    const auto group = [](CLI::Option* option, const char* takes) {
        option->group("View")->option_text(takes);
    };
    group(app.add_option("--what", options.what, "What to show: " + join(viewNames(), ", ") + "; see below")
              ->required()
              ->check(oneOf(viewNames())),
          "NAME");
    group(
        app.add_option(
            "--image", options.image,
            "An image file, or an image of a data set: D:INDEX of the test images, or D:SPLIT:INDEX, from 0"),
        "FILE|D:INDEX");
    group(app.add_option("--layer", options.layer,
                         "Name of a layer (\"convolab summary MODEL\"), such as conv_2"),
          "NAME");
    group(app.add_option("--unit", options.unit, "Map, filter, unit or class, counted from 0")
              ->check(wholeNumber(0)),
          "K");
    group(app.add_option("--at", options.place, "One value of the map instead of all or the middle")
              ->check(placeWord()),
          "ROW,COLUMN");
    group(app.add_option("--steps", options.steps,
                         "Of integrated-gradients (default 50, at most 1,000) and maximize (default 200)")
              ->check(wholeNumber(1, 1'000'000)),
          "N");
}

}  // namespace

std::function<int(const Console&)> setUpInspect(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option(
           "MODEL", options->model,
           "A trained .convolab document; a preset's name or a .json spec is shown with fresh weights")
        ->required()
        ->check(modelWord());
    addChoice(app, *options);
    addPresetOptions(app, options->preset);
    addDataDir(app, options->dataDir);
    app.add_option("--out", options->out, "Folder for the pictures and numbers (default convolab-inspect)")
        ->group("Running")
        ->option_text("DIR");
    app.add_option("--seed", options->seed,
                   "Of fresh weights, and of the noise that maximize begins with (default 42)")
        ->check(wholeNumber(0))
        ->group("Running")
        ->option_text("N");
    app.add_option("--threads", options->threads, "Compute threads (default: one per physical core)")
        ->check(wholeNumber(1, 256))
        ->group("Running")
        ->option_text("N");
    app.footer(inspectHelp());
    return [options](const Console& console) { return run(*options, console); };
}

}  // namespace convolab
