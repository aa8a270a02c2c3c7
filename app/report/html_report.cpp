#include <algorithm>
#include <cmath>

#include "app/cli/console.h"
#include "app/report/report.h"
#include "app/report/report_style.h"
#include "app/report/regression.h"
#include "app/report/run_curves.h"
#include "core/data/targets.h"
#include "core/inspect/fitted_line.h"
#include "core/train/recipe_fit.h"
#include "core/graph/analysis.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

namespace convolab {

namespace {

constexpr PlotSize kWidePlot{560, 300}, kNarrowPlot{400, 280};
constexpr int kMostKernels = 64;

std::string key(const std::string& value, const std::string& label) {
    return "<div class=\"panel key\"><b>" + escapeXml(value) + "</b>" + escapeXml(label) + "</div>\n";
}

double epochsOf(const ReportInput& input) {
    return input.history.steps.empty() ? 0.0 : input.history.steps.back().epoch;
}

/// The same picture for both themes; the style sheet shows one.
template <class Draw>
std::string inBothThemes(Draw draw) {
    return "<div class=\"light\">" + draw(ThemeMode::Light) + "</div><div class=\"dark\">" +
           draw(ThemeMode::Dark) + "</div>\n";
}

/// A plot fills its panel; on a telephone a smaller drawing keeps its letters readable.
std::string plotPanel(PlotDescription plot) {
    plot.now.reset();
    const auto draw = [&](PlotSize size) {
        return inBothThemes([&](ThemeMode mode) { return writeSvg(plot, size, mode); });
    };
    return "<div class=\"panel picture fluid\"><div class=\"wide\">" + draw(kWidePlot) +
           "</div><div class=\"narrow\">" + draw(kNarrowPlot) + "</div></div>\n";
}

std::string layersTable(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    std::string html =
        "<table><tr><th>Layer</th><th>Kind</th><th>Output</th><th class=\"n\">Parameters</th><th "
        "class=\"n\">MACs</th></tr>\n";
    const auto row = [&](const std::string& name, const std::string& kind, const std::string& output,
                         const Cost& cost) {
        html += "<tr><td>" + escapeXml(name) + "</td><td>" + escapeXml(kind) + "</td><td>" +
                escapeXml(output) + "</td><td class=\"n\">" + withThousands(cost.parameters) +
                "</td><td class=\"n\">" + withThousands(cost.macs) + "</td></tr>\n";
    };
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const NodeAnalysis& layer = *analysis.find(id);
        row(node.name, node.kind, layer.output ? layer.output->text() : "?", layer.cost);
    }
    html += "<tr class=\"total\"><td>Total</td><td></td><td></td><td class=\"n\">" +
            withThousands(analysis.total.parameters) + "</td><td class=\"n\">" +
            withThousands(analysis.total.macs) + "</td></tr>\n";
    return "<div class=\"panel\"><h2>Layers</h2>" + html + "</table></div>\n";
}

/// The filters of the first convolution, one tile each (colour for three channels, else the first channel's
/// kernel).
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
            tiles.push_back({.width = static_cast<int>(shape[3]),
                             .height = static_cast<int>(shape[2]),
                             .values = std::vector<float>(first, first + area),
                             .caption = std::to_string(filter)});
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
    options.columns = 8;
    options.title = "Kernels of " + layer;
    const PixelTile& first = tiles.front();
    return "<div class=\"panel picture fit\">" +
           inBothThemes([&](ThemeMode mode) { return writeMosaicSvg(tiles, options, mode); }) +
           "<p class=\"caption\">The weights with which " + std::to_string(tiles.size()) +
           " filters look at the first input channel, " + std::to_string(first.height) + "×" +
           std::to_string(first.width) +
           " each. Blue is negative, white 0, orange positive; the end of the scale stands at the upper "
           "right.</p></div>\n";
}

/// Of a regression with one input: samples and line. Else nothing.
std::string fitPanel(const ReportInput& input) {
    const DatasetInfo& info = input.dataset.info();
    if (info.imageShape.size() != 1) return {};
    return plotPanel(fitPlot(input.dataset, fittedLine(input.spec, input.weights)));
}

std::string confusionPanel(const ReportInput& input) {
    ConfusionTable table;
    table.classes = input.dataset.info().classNames;
    for (const auto& row : input.test.confusion) {
        for (const std::int64_t count : row) table.counts.push_back(count);
    }
    table.title = "Confusion matrix, " + withThousands(input.test.images) + " test images";
    return "<div class=\"panel picture\">" +
           inBothThemes([&](ThemeMode mode) { return writeConfusionSvg(table, mode); }) +
           "<p class=\"caption\">Each row is one true class, each column what the network said; brighter is "
           "a larger share of "
           "the row. Mistakes stand off the diagonal.</p></div>\n";
}

template <class AddRow>
void addAdversarialRows(const ReportInput& input, const AddRow& row) {
    if (!input.recipe.adversarial) return;
    row("Adversarial training", adversarialText(*input.recipe.adversarial));
    if (const RobustMetrics* robust = robustAt(input.history, input.bestStep)) {
        row("Under attack", accuracyText(robust->pgd, robust->images) + " under PGD-10, " +
                                accuracyText(robust->fgsm, robust->images) + " under FGSM, with that ε, on " +
                                withThousands(robust->images) + " validation images");
    }
    if (const std::string warning = catastrophicOverfitting(input.history); !warning.empty()) row("Warning", warning);
}

/// What the recipe does beyond optimizer and schedule; rows only for what is on.
template <class Row>
void addRegularisationRows(const Recipe& recipe, const Row& row) {
    std::vector<std::string> penalties, clipping, targets, augmented;
    if (recipe.l1 > 0) penalties.push_back("L1 " + valueText(recipe.l1, 3) + " Σ |w|");
    if (recipe.l2 > 0) penalties.push_back("L2 " + valueText(recipe.l2, 3) + " Σ w²");
    if (recipe.clipNorm > 0) clipping.push_back("to length " + valueText(recipe.clipNorm, 3));
    if (recipe.clipValue > 0) clipping.push_back("each at ± " + valueText(recipe.clipValue, 3));
    if (recipe.labelSmoothing > 0) targets.push_back("label smoothing " + valueText(recipe.labelSmoothing, 3));
    if (recipe.classWeights.isOn()) targets.push_back("class weights " + classWeightsText(recipe.classWeights));
    for (const AugmentationSpec& spec : recipe.augmentations) augmented.push_back(augmentationText(spec));
    const auto add = [&](const char* what, const std::vector<std::string>& parts) {
        if (!parts.empty()) row(what, join(parts, ", "));
    };
    add("Augmentation", augmented);
    add("Penalties", penalties);
    add("Gradients cut", clipping);
    add("Targets", targets);
    if (recipe.averaging > 0) row("Averaged weights", "decay " + formatNumber(recipe.averaging));
    if (recipe.earlyStopping > 0) row("Early stopping", "after " + withThousands(recipe.earlyStopping) + " validations without a lower loss");
}

/// "; behind step 40 CPU → CUDA"
std::string movesText(const History& history) {
    std::string text;
    for (const DeviceMove& move : history.moves) text += "; behind step " + withThousands(move.step) + " " + moveText(move);
    return text;
}

std::string recipeTable(const ReportInput& input) {
    std::string html = "<table>\n";
    const auto row = [&](const std::string& what, const std::string& value) {
        html += "<tr><th>" + what + "</th><td>" + escapeXml(value) + "</td></tr>\n";
    };
    const Recipe& recipe = input.recipe;
    const DatasetInfo& data = input.dataset.info();
    const bool regression = isRegression(input.dataset);
    const auto images = [&](Split split) { return withThousands(input.dataset.size(split)); };
    row("Data", data.title + ", " + (regression ? targetsOf(input.dataset)->measured.name + " to " + targetsOf(input.dataset)->estimated.name
                                                         : data.imageShape.text() + ", " + std::to_string(input.dataset.classes()) + " classes"));
    row(regression ? "Samples" : "Images", images(Split::Train) + " train, " + images(Split::Validation) + " validation, " +
                      images(Split::Test) + " test");
    row("Optimizer",
        optimizerText(recipe.optimizer) +
            (recipe.weightDecay > 0 ? ", weight decay " + valueText(recipe.weightDecay, 3) : ""));
    row("Learning rate", valueText(recipe.rate, 3) + ", schedule " + scheduleText(recipe.schedule));
    row("Loss", recipe.loss == LossKind::CrossEntropy ? "cross-entropy"
                : hasStepOutput(input.spec)           ? "mean squared error of 0 and 1: the zero–one loss"
                                                      : "mean squared error");
    addRegularisationRows(recipe, row);
    addAdversarialRows(input, row);
    row("Batch", withThousands(recipe.batchSize) + (regression ? " samples" : recipe.batchSize == 1 ? " image" : " images"));
    const std::int64_t steps = input.history.steps.empty() ? 0 : input.history.steps.back().step;
    row("Length", fixedText(epochsOf(input), 1) + " epochs, " + withThousands(steps) + " steps");
    row("Weights", "of step " + withThousands(input.bestStep) +
                       (!recipe.keepBest         ? ", the last"
                        : recipe.adversarial ? ", the best by validation accuracy under PGD-10"
                        : regression ? ", the best by validation loss"
                                             : ", the best by validation accuracy"));
    row("Seed", std::to_string(recipe.seed));
    row("Device", input.device + movesText(input.history));
    row("Date", input.date);
    return "<div class=\"panel\"><h2>Recipe</h2>" + html + "</table></div>\n";
}

/// Lines break between options, never within one.
std::string commandPanel(const std::string& command) {
    std::string html = "<div class=\"panel\"><h2>Repeat this run</h2><pre>";
    std::size_t start = 0;
    while (start < command.size()) {
        const std::size_t end = std::min(command.find(" --", start), command.size());
        html += "<span>" + escapeXml(command.substr(start, end - start)) + "</span>" +
                (end < command.size() ? " " : "");
        start = end + 1;
    }
    return html + "</pre></div>";
}

std::string keyNumbers(const ReportInput& input) {
    const Targets* targets = targetsOf(input.dataset);
    const bool regression = isRegression(input.dataset);
    const auto accuracy = [&](const Evaluation& e, const std::string& split) {
        if (regression) {
            return key(rootErrorText(e.loss, targets->estimated.unit), split + " RMSE on " + withThousands(e.images) + " samples");
        }
        return key(accuracyText(e.accuracy, e.images),
                   split + " accuracy on " + withThousands(e.images) + " images, 95 % interval");
    };
    return "<div class=\"grid keys\">\n" + accuracy(input.test, "test") +
           accuracy(input.validation, "validation") + key(valueText(input.test.loss), "test loss") +
           key(withThousands(static_cast<std::int64_t>(input.weights.layout->parameterCount)), "parameters") +
           key(durationText(input.seconds), "training time, " + fixedText(epochsOf(input), 1) + " epochs") +
           key(countText(std::llround(input.imagesPerSecond)), regression ? "samples/s in training" : "images/s in training") + "</div>\n";
}

}  // namespace

std::string htmlReport(const ReportInput& input) {
    const std::string title = escapeXml(input.name) + " on " + escapeXml(input.dataset.info().title);
    RunCurves curves;
    const bool regression = isRegression(input.dataset);
    curves.setGoal(hasStepOutput(input.spec), regression ? std::optional(targetsOf(input.dataset)->estimated.unit) : std::nullopt);
    curves.update(input.history, epochsOf(input));
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
           " · Convolab</title>\n<meta name=\"viewport\" content=\"width=device-width, "
           "initial-scale=1\">\n<style>" +
           reportStyle() + "</style></head>\n<body><main>\n<h1>" + title + "</h1>\n<p>" +
           escapeXml("Trained with Convolab on " + input.date) + "</p>\n" + keyNumbers(input) +
           "<div class=\"grid two\">\n" + plotPanel(curves.loss()) + plotPanel(curves.accuracy()) +
           "<div class=\"stack\">" + (regression ? fitPanel(input) : confusionPanel(input)) + kernelsPanel(input) +
           "</div>\n<div class=\"stack\">" + recipeTable(input) + commandPanel(input.command) +
           "</div>\n</div>\n<div class=\"grid\">" + layersTable(input.spec) +
           "</div>\n</main></body></html>\n";
}

}  // namespace convolab
