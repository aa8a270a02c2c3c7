#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/network_source.h"
#include "app/cli/option_checks.h"
#include "app/cli/table.h"
#include "core/graph/analysis.h"
#include "core/util/text.h"

namespace convolab {

namespace {

struct Options {
    std::string model;
    PresetChoice preset;
    std::int64_t batch = 1;
};

nlohmann::ordered_json shapeJson(const std::optional<Shape>& shape) {
    return shape ? nlohmann::ordered_json(shape->extents()) : nlohmann::ordered_json(nullptr);
}

void printTable(const Console& console, const NetworkSpec& spec, const Analysis& analysis,
                std::int64_t batch) {
    Table table({"layer", "kind", "output", "parameters", "MACs", "activations"}, {0, 0, 0, 1, 1, 1});
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const NodeAnalysis& layer = *analysis.find(id);
        table.row({node.name, node.kind, layer.output ? layer.output->text() : "?",
                   withThousands(layer.cost.parameters), withThousands(layer.cost.macs * batch),
                   formatBytes(static_cast<double>(layer.cost.activationBytes * batch))});
    }
    table.separator();
    table.row({"total", "", "", withThousands(analysis.total.parameters),
               withThousands(analysis.total.macs * batch),
               formatBytes(static_cast<double>(analysis.total.activationBytes * batch))});
    for (const std::string& line : table.lines()) console.result(line);
    console.result("");
    console.result("size " + formatBytes(4.0 * static_cast<double>(analysis.total.parameters)) +
                   " as float32 · " + withThousands(2 * analysis.total.macs * batch) +
                   " FLOP (2 × MAC) for " +
                   (batch == 1 ? std::string("one image") : "a batch of " + std::to_string(batch)));
}

void printJson(const Console& console, const NetworkSpec& spec, const Analysis& analysis,
               std::int64_t batch) {
    nlohmann::ordered_json layers = nlohmann::ordered_json::array();
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const NodeAnalysis& layer = *analysis.find(id);
        layers.push_back({{"name", node.name},
                          {"kind", node.kind},
                          {"output", shapeJson(layer.output)},
                          {"parameters", layer.cost.parameters},
                          {"macs", layer.cost.macs * batch},
                          {"activation_bytes", layer.cost.activationBytes * batch}});
    }
    console.object({{"event", "done"},
                    {"layers", layers},
                    {"parameters", analysis.total.parameters},
                    {"trainable", analysis.total.parameters},
                    {"macs", analysis.total.macs * batch},
                    {"flops", 2 * analysis.total.macs * batch}});
}

int run(const Options& options, const Console& console) {
    const auto source = openNetwork(options.model, options.preset);
    if (!source.ok()) return console.fail(source.error());
    const Analysis analysis = analyze(source->spec);
    if (auto complete = requireComplete(source->spec, analysis); !complete.ok())
        return console.fail(complete.error());
    printTable(console, source->spec, analysis, options.batch);
    printJson(console, source->spec, analysis, options.batch);
    return kExitDone;
}

}  // namespace

std::function<int(const Console&)> setUpSummary(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("MODEL", options->model,
                   "A preset's name (\"convolab presets\"), a .convolab document, a .packed file or a .json spec")
        ->required()
        ->check(modelWord());
    addPresetOptions(app, options->preset);
    app.add_option("--batch", options->batch, "Count MACs and activations for N images at once (default 1)")
        ->check(wholeNumber(1, 65536))
        ->group("Network")
        ->option_text("N");
    return [options](const Console& console) { return run(*options, console); };
}

}  // namespace convolab
