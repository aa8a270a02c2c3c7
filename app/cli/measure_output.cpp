#include "app/cli/measure_output.h"

#include <cmath>

#include "app/cli/table.h"
#include "core/attack/attack_text.h"
#include "core/measure/platforms.h"
#include "core/measure/roofline.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

std::string seconds(double value) { return siText(value, "s"); }
std::string joules(double value) { return siText(value, "J"); }
std::string bytes(std::int64_t value) { return bytesText(static_cast<double>(value)); }

void printLatency(const Console& console, const LaserCard& card) {
    for (const BatchLatency& batch : card.latency.batches) {
        const Spread& spread = batch.seconds;
        console.result("latency     batch " + withThousands(batch.batch) + ": " + seconds(spread.median) + " (p95 " + seconds(spread.p95) +
                       ", quartiles " + seconds(spread.q1) + " to " + seconds(spread.q3) + "), " + compactText(1.0 / batch.perImage()) +
                       " images/s, median of " + withThousands(batch.runs) + " runs after " + withThousands(batch.warmUpRuns) +
                       " to warm up, " + withThousands(card.latency.threads) + (card.latency.threads == 1 ? " thread" : " threads"));
        if (batch.shared) console.result("            another computation shared the processor meanwhile");
    }
}

void printFive(const Console& console, const LaserCard& card) {
    printLatency(console, card);
    if (const auto& accuracy = card.accuracy) {
        console.result("accuracy    " + accuracyText(accuracy->top1, accuracy->images) + " on " + withThousands(accuracy->images) + " " +
                       splitName(accuracy->split) + " images of " + accuracy->dataset + ", top-5 " + percentText(accuracy->top5));
    }
    const SizeFigures& size = card.size;
    console.result("size        " + withThousands(size.parameters) + " parameters, " + withThousands(size.macs) + " MACs, " +
                   withThousands(size.flops()) + " FLOP, weights " + bytes(size.weightBytes) +
                   (size.onnxBytes ? ", as ONNX " + bytes(*size.onnxBytes) : "") +
                   (size.documentBytes ? ", the document " + bytes(*size.documentBytes) : "") + ", activations " +
                   bytes(size.activationBytes) + " (" + bytes(size.arenaBytes) + " reserved), " + bytes(size.bytesMoved) + " moved");
    if (card.arithmetic != LaserCard().arithmetic) {
        console.result("            " + card.arithmetic + (size.packedBytes ? ", packed " + bytes(*size.packedBytes) : ""));
    }
    const EnergyModel& energy = card.energy;
    console.result("energy      " + joules(energy.total()) + " an image at batch " + withThousands(energy.options.batch) +
                   ", weights in " + weightHomeLabel(energy.level) + ": " + kModelledWording);
    if (const auto& measured = card.measuredEnergy) {
        console.result("            " + joules(measured->joulesPerImage) + " an image measured (RAPL, whole package, idle " +
                       fixedText(measured->idleWatts, 1) + " W subtracted)");
    } else {
        console.result("            measured: " + card.measuredEnergyNote);
    }
    if (const auto& robustness = card.robustness) {
        console.result("robustness  " + accuracyText(robustness->robustAccuracy, robustness->images) + " under " +
                       attackText(robustness->attack) + " on " + withThousands(robustness->images) + " " +
                       splitName(robustness->split) + " images" +
                       (robustness->rho ? ", ρ̂ " + valueText(*robustness->rho, 3) + " (DeepFool, " +
                                              withThousands(robustness->rhoImages) + " images)" : ""));
    }
}

void printLayers(const Console& console, const LaserCard& card) {
    std::vector<std::string> header{"layer", "output", "parameters", "MACs", "moved", "energy"};
    std::vector<int> right{0, 0, 1, 1, 1, 1};
    for (const BatchLatency& batch : card.latency.batches) {
        header.push_back("batch " + withThousands(batch.batch));
        right.push_back(1);
    }
    Table table(header, right);
    for (std::size_t i = 0; i < card.work.size(); ++i) {
        const LayerWork& work = card.work[i];
        std::vector<std::string> row{work.name, work.output.text(), work.parameters > 0 ? withThousands(work.parameters) : "–",
                                     work.macs > 0 ? withThousands(work.macs) : "–", bytes(work.bytesMoved(1)),
                                     joules(card.energy.layers[i].total())};
        for (const BatchLatency& batch : card.latency.batches) {
            const LayerTime* time = batch.find(work.node);
            row.push_back(time == nullptr ? "–" : seconds(time->seconds.median));
        }
        table.row(std::move(row));
    }
    std::vector<std::string> between{"between layers", "", "", "", "", ""};
    std::vector<std::string> total{"network", "", withThousands(card.size.parameters), withThousands(card.size.macs),
                                   bytes(card.size.bytesMoved), joules(card.energy.total())};
    for (const BatchLatency& batch : card.latency.batches) {
        between.push_back(seconds(batch.betweenLayers()));
        total.push_back(seconds(batch.seconds.median));
    }
    table.row(std::move(between));
    table.separator();
    table.row(std::move(total));
    console.result("");
    for (const std::string& line : table.lines()) console.result(line);
}

void printPeak(const Console& console, const LaserCard& card, const MachinePeak& peak) {
    console.result("");
    console.result(peak.processor + ", " + withThousands(peak.threads) + (peak.threads == 1 ? " thread: " : " threads: ") +
                   siText(peak.flops, "FLOP/s") + " (" + peak.instructions + "), " + siText(peak.memoryBytes, "B/s") + " from memory, " +
                   siText(peak.cacheBytes, "B/s") + " from caches");
    if (card.latency.batches.empty()) return;
    Table table({"roofline", "batch", "FLOP/byte", "attained", "bound", "limited by"}, {0, 1, 1, 1, 1, 0});
    for (const BatchLatency& batch : card.latency.batches) {
        for (const RooflinePoint& point : roofline(card.work, batch, peak)) {
            table.row({point.name, withThousands(point.batch), valueText(point.flopPerByte, 3), siText(point.flops, "FLOP/s"),
                       siText(point.bound, "FLOP/s"),
                       point.insideCaches ? "neither: lives in the caches" : point.memoryBound ? "memory" : "arithmetic"});
        }
    }
    for (const std::string& line : table.lines()) console.result(line);
}

void printPlatforms(const Console& console, const LaserCard& card) {
    console.result("");
    console.result("elsewhere, modelled from the platforms' published rates, batch 64 (small networks never reach them):");
    for (const Platform& platform : platforms()) {
        const auto guess = estimate(platform, card.work, 64);
        if (!guess) continue;
        console.result("  " + platform.name + ": " + compactText(guess->imagesPerSecond) + " images/s by " + guess->rule +
                       (platform.slip.empty() ? "" : " (printed slip: " + platform.slip + ")"));
    }
}

std::string cellText(const std::optional<double>& value, const ExperimentColumn& column) {
    if (!value) return "–";
    if (column.unit == "share") return percentText(*value);
    if (column.unit == "s" || column.unit == "J") return siText(*value, column.unit);
    return *value >= 1000.0 ? countText(std::llround(*value)) : valueText(*value, 3);
}

}  // namespace

void printLaser(const Console& console, const LaserCard& card, const std::optional<MachinePeak>& peak) {
    printFive(console, card);
    for (const std::string& note : card.notes) console.result("note: " + note);
    printLayers(console, card);
    if (peak) printPeak(console, card, *peak);
    printPlatforms(console, card);
}

void printExperiment(const Console& console, const Experiment& experiment, const ExperimentResult& result) {
    console.result(experiment.statement);
    console.result(experiment.expectation);
    console.result("");
    std::vector<std::string> header{""};
    std::vector<int> right{0};
    for (const ExperimentColumn& column : result.columns) {
        header.push_back(column.label + (column.modelled ? " (modelled)" : ""));
        right.push_back(1);
    }
    Table table(header, right);
    for (const ExperimentRow& row : result.rows) {
        std::vector<std::string> cells{row.label};
        for (std::size_t i = 0; i < row.values.size(); ++i) cells.push_back(cellText(row.values[i], result.columns[i]));
        table.row(std::move(cells));
    }
    for (const std::string& line : table.lines()) console.result(line);
    console.result("");
    console.result(std::string(result.holds ? "It holds here. " : "It does not hold here. ") + result.verdict);
}

}  // namespace convolab
