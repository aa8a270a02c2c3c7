#include <algorithm>
#include <array>

#include "app/cli/console.h"
#include "app/report/report.h"
#include "app/report/run_curves.h"
#include "core/graph/analysis.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

namespace convolab {

namespace {

constexpr PlotSize kPlotSize{560, 300};
constexpr int kMostKernels = 64;
constexpr std::array kModes{ThemeMode::Light, ThemeMode::Dark};

std::string styleSheet() {
    std::string css;
    for (const ThemeMode mode : kModes) {
        const Tokens& t = tokens(mode);
        const std::string variables = ":root{--bg:" + hexText(t.bg0) + ";--panel:" + hexText(t.bg1) + ";--line:" + hexText(t.line) +
                                      ";--text1:" + hexText(t.text1) + ";--text2:" + hexText(t.text2) +
                                      ";--text3:" + hexText(t.text3) + "}";
        css += mode == ThemeMode::Light
                   ? variables + ".dark{display:none}"
                   : "@media (prefers-color-scheme: dark){" + variables + ".light{display:none}.dark{display:block}}";
    }
    css += "body{background:var(--bg);color:var(--text1);font:14px/20px Roboto,'DejaVu Sans',sans-serif;margin:0}"
           "main{max-width:1200px;margin:0 auto;padding:32px 24px}h1{font-size:26px;line-height:32px;margin:0}"
           "h2{font-size:16px;margin:0 0 12px}p{color:var(--text2);margin:4px 0 0}"
           ".row{display:flex;flex-wrap:wrap;gap:16px;margin-top:16px}"
           ".panel{background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:16px;margin-top:16px}"
           ".row .panel{margin-top:0}.key b{display:block;font-size:19px;line-height:26px;font-weight:600}"
           ".key{color:var(--text3);font-size:12px}table{border-collapse:collapse;font-size:13px}"
           "th{color:var(--text3);font-weight:400;text-align:left}th,td{padding:3px 24px 3px 0;border-bottom:1px solid var(--line)}"
           ".n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}";
    return css;
}

std::string key(const std::string& value, const std::string& label) {
    return "<div class=\"panel key\"><b>" + escapeXml(value) + "</b>" + escapeXml(label) + "</div>\n";
}

/// The same picture for both themes; the style sheet shows one.
template <class Draw>
std::string inBothThemes(Draw draw) {
    return "<div class=\"light\">" + draw(ThemeMode::Light) + "</div><div class=\"dark\">" + draw(ThemeMode::Dark) + "</div>\n";
}

std::string layersTable(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    std::string html = "<table><tr><th>Layer</th><th>Kind</th><th>Output</th><th class=\"n\">Parameters</th><th class=\"n\">MACs</th></tr>\n";
    const auto row = [&](const std::string& name, const std::string& kind, const std::string& output, const Cost& cost) {
        html += "<tr><td>" + escapeXml(name) + "</td><td>" + escapeXml(kind) + "</td><td>" + escapeXml(output) +
                "</td><td class=\"n\">" + withThousands(cost.parameters) + "</td><td class=\"n\">" + withThousands(cost.macs) +
                "</td></tr>\n";
    };
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const NodeAnalysis& layer = *analysis.find(id);
        row(node.name, node.kind, layer.output ? layer.output->text() : "?", layer.cost);
    }
    row("Total", "", "", analysis.total);
    return html + "</table>";
}

/// The filters of the first convolution, one tile each (colour for three channels, else the first channel's kernel).
std::vector<PixelTile> firstKernels(const NetworkSpec& spec, const WeightSet& weights, std::string& layer) {
    std::vector<PixelTile> tiles;
    for (const ParameterEntry& entry : weights.layout->entries) {
        const Node* node = spec.node(entry.node);
        if (node == nullptr || node->kind != "conv2d" || entry.spec.role != ParameterRole::Weight) continue;
        layer = node->name;
        const Shape& shape = entry.spec.shape;
        const auto values = weights.values(entry);
        const std::int64_t area = shape[2] * shape[3];
        for (std::int64_t filter = 0; filter < std::min<std::int64_t>(shape[0], kMostKernels); ++filter) {
            const auto first = values.begin() + filter * shape[1] * area;
            tiles.push_back({.width = static_cast<int>(shape[3]), .height = static_cast<int>(shape[2]),
                             .values = std::vector<float>(first, first + area), .caption = std::to_string(filter)});
        }
        break;
    }
    return tiles;
}

std::string kernelsPanel(const ReportInput& input) {
    std::string layer;
    const std::vector<PixelTile> tiles = firstKernels(input.spec, input.weights, layer);
    if (tiles.empty()) return {};
    MosaicOptions options;
    options.map = PixelMap::Diverging;
    options.columns = tiles.size() <= 8 ? static_cast<int>(tiles.size()) : 8;
    options.title = "Kernels of " + layer + (tiles.front().values.empty() ? "" : ", first input channel");
    return "<div class=\"panel\">" +
           inBothThemes([&](ThemeMode mode) { return writeMosaicSvg(tiles, options, mode); }) + "</div>\n";
}

std::string confusionPanel(const ReportInput& input) {
    ConfusionTable table;
    table.classes = input.dataset.info().classNames;
    for (const auto& row : input.test.confusion) {
        for (const std::int64_t count : row) table.counts.push_back(count);
    }
    table.title = "Confusion matrix, " + withThousands(input.test.images) + " test images";
    return "<div class=\"panel\">" + inBothThemes([&](ThemeMode mode) { return writeConfusionSvg(table, mode); }) + "</div>\n";
}

std::string recipeText(const Recipe& recipe) {
    std::string text = recipe.optimizer.kind + ", rate " + valueText(recipe.rate, 3) + ", batch " + std::to_string(recipe.batchSize) +
                       ", schedule " + recipe.schedule.kind;
    if (recipe.weightDecay > 0) text += ", weight decay " + valueText(recipe.weightDecay, 3);
    return text + ", seed " + std::to_string(recipe.seed);
}

}  // namespace

std::string htmlReport(const ReportInput& input) {
    const double epochs = input.history.steps.empty() ? 0.0 : input.history.steps.back().epoch;
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escapeXml(input.name) +
                       " · Convolab</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n<style>" + styleSheet() +
                       "</style></head>\n<body><main>\n<h1>" + escapeXml(input.name) + " on " +
                       escapeXml(input.dataset.info().title) + "</h1>\n<p>" + escapeXml(recipeText(input.recipe)) + "</p>\n<p>" +
                       escapeXml(input.device) + "</p>\n<div class=\"row\">\n";
    html += key(accuracyText(input.test.accuracy, input.test.images),
                "test accuracy, " + withThousands(input.test.images) + " images, 95 % interval");
    html += key(accuracyText(input.validation.accuracy, input.validation.images),
                "validation accuracy, " + withThousands(input.validation.images) + " images");
    html += key(valueText(input.test.loss), "test loss");
    html += key(withThousands(static_cast<std::int64_t>(input.weights.layout->parameterCount)), "parameters");
    html += key(durationText(input.seconds), "training time, " + fixedText(epochs, 1) + " epochs");
    html += key(compactText(input.imagesPerSecond), "images/s in training");
    html += "</div>\n<div class=\"row\">\n";
    RunCurves curves;
    curves.update(input.history, epochs);
    for (const PlotDescription* plot : {&curves.loss(), &curves.accuracy()}) {
        html += "<div class=\"panel\">" + inBothThemes([&](ThemeMode mode) { return writeSvg(*plot, kPlotSize, mode); }) + "</div>\n";
    }
    html += "</div>\n<div class=\"row\">" + confusionPanel(input) + kernelsPanel(input) + "</div>\n";
    html += "<div class=\"panel\"><h2>Layers</h2>" + layersTable(input.spec) + "</div>\n";
    return html + "</main></body></html>\n";
}

}  // namespace convolab
