#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/measure/race.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

/// "210 µs"
std::string timeText(double seconds) {
    const auto text = [](double value, const char* unit) { return formatNumber(value, 3) + unit; };
    if (seconds >= 1.0) return text(seconds, " s");
    if (seconds >= 1e-3) return text(1e3 * seconds, " ms");
    return seconds >= 1e-6 ? text(1e6 * seconds, " µs") : text(1e9 * seconds, " ns");
}

std::string shareText(double part, double whole) {
    const double percent = 100.0 * part / std::max(1e-12, whole);
    return (percent >= 10.0 ? std::to_string(std::llround(percent)) : formatNumber(percent, 2)) + " %";
}
std::string rounded(double value) { return withThousands(std::llround(value)); }

std::string emulationSentence(const std::string& device) {
    return device + ": this processor stood in for a GPU, in plain loops. Its results are those of the CUDA kernels, its times say nothing about a GPU.";
}

/// "4.2 times as fast"
std::string ratioSentence(const std::string& first, double a, const std::string& second, double b) {
    const bool faster = b < a;
    return (faster ? second : first) + " is " + formatNumber(faster ? a / b : b / a, 2) + " times as fast";
}

/// Where the time of a step on a GPU goes; empty if it was not measured.
std::string partsSentence(const RaceStep& step) {
    if (step.started == 0 && step.copies <= 0.0) return {};
    const auto withShare = [&](double seconds) { return timeText(seconds) + " (" + shareText(seconds, std::max(step.whole, seconds)) + ")"; };  // measured apart
    const std::string kernels = withThousands(step.started) + " CUDA kernels";
    const std::string start = step.launch > 0.0
                                  ? "to start " + kernels + (step.recorded ? " as one recorded graph" : "") + " takes the processor " + withShare(step.launch)
                                  : "the time to start " + kernels + " was not measured";
    return start + ", copies take " + withShare(step.copies) + ", and the kernels compute for " + withShare(step.kernels);
}

/// "12.3 TFLOP/s"
std::string rateText(double rate, const char* unit) {
    const double scale = rate >= 1e12 ? 1e12 : rate >= 1e9 ? 1e9 : 1e6;
    return formatNumber(rate / scale, 3) + (scale == 1e12 ? " T" : scale == 1e9 ? " G" : " M") + unit;
}

/// The layer of a lane that comes nearest to what its device can compute.
std::string rooflineSentence(const RaceLane& lane) {
    if (lane.emulated || lane.peak.flops <= 0.0) return {};
    const RaceLayer* best = nullptr;
    PassRate most;
    int computing = 0, limited = 0;
    for (const RaceLayer& layer : lane.step.layers) {
        if (layer.work.forward.flop <= 0.0 || layer.forward <= 0.0) continue;
        const PassRate rate = passRate(layer.work.forward, layer.forward, lane.peak, layer.units);
        ++computing;
        limited += rate.memoryBound ? 1 : 0;
        if (best != nullptr && rate.ofArithmetic <= most.ofArithmetic) continue;
        best = &layer;
        most = rate;
    }
    if (best == nullptr) return {};
    std::string text = "Of the " + rateText(roofOf(lane.peak, best->units), "FLOP/s") + " that " + lane.device + " can do" +
                       (best->units == Units::Plain ? std::string(" in float32") : std::string(" on its ") + unitsWord(best->units)) + ", " + best->name +
                       " reaches the largest share in its forward pass: " + rateText(most.flops, "FLOP/s") + ", " + shareText(most.ofArithmetic, 1.0);
    if (lane.peak.bytes <= 0.0) return text + ".";
    return text + "; " + (limited == 0 ? "no layer" : std::to_string(limited) + " of " + std::to_string(computing) + " layers with MACs") +
           (limited == 1 ? " is" : limited == 0 ? " with MACs is" : " are") + " limited by its memory (" + rateText(lane.peak.bytes, "B/s") + ") rather than by arithmetic.";
}

std::string sizeText(const Sweep& sweep, double size) {
    return sweep.quantity == "n" ? "n = " + rounded(size) : rounded(size) + (std::llround(size) == 1 ? " image per batch" : " images per batch");
}

std::string fitText(const Sweep& sweep, const SweepLane& lane) {
    const bool parameters = sweep.quantity == "n";
    return lane.device + ": " + timeText(lane.fit.fixed) + " per step, and " + timeText(lane.fit.perUnit * (parameters ? 1e6 : 1.0)) +
           (parameters ? " per million parameters" : " per image");
}

std::string crossoverSentence(const Sweep& sweep) {
    const SweepLane &first = sweep.lanes[0], &second = sweep.lanes[1];
    const std::size_t common = std::min(first.seconds.size(), second.seconds.size());
    if (common == 0) return {};
    const bool fasterAtFirst = second.seconds[0] < first.seconds[0];
    const bool fasterAtLast = second.seconds[common - 1] < first.seconds[common - 1];
    if (sweep.crossover && sweep.crossover->measured) {
        std::string text = second.device + " overtakes " + first.device + " at " + sizeText(sweep, sweep.crossover->size);
        if (sweep.quantity == "n") text += ", that is " + rounded(denseParameters(sweep.crossover->size)) + " parameters";
        return text + "; below it is slower, above it faster.";
    }
    if (fasterAtFirst && fasterAtLast) return second.device + " is faster at every size that was measured.";
    if (sweep.crossover) {
        return second.device + " is slower at every size that was measured; where the fitted lines meet, at " +
               sizeText(sweep, sweep.crossover->size) + ", it would overtake " + first.device + ".";
    }
    if (fasterAtFirst) return second.device + " is faster for small sizes only.";
    return second.device + " is slower at every size that was measured, and nothing says that a larger one would change that.";
}

/// One end of the sweep in its parts.
std::string endSentence(const Sweep& sweep, std::size_t index, const RaceStep& cpu, const RaceStep& gpu) {
    const std::string parts = partsSentence(gpu);
    if (parts.empty()) return {};
    return "At " + sizeText(sweep, sweep.sizes[index]) + " a step takes " + timeText(cpu.whole) + " on " + sweep.lanes[0].device + " and " +
           timeText(gpu.whole) + " on " + sweep.lanes[1].device + ": " + parts + ".";
}

std::string whySentence(const Sweep& sweep) {
    const SweepLane &cpu = sweep.lanes[0], &gpu = sweep.lanes[1];
    const RaceStep& small = gpu.smallest;
    if (!gpu.isGpu || cpu.isGpu || gpu.emulated) return {};
    if (!(gpu.seconds[0] > cpu.seconds[0]) || small.launch + small.copies <= small.kernels) return {};
    return "That is why a GPU can be slower for a three-layer network: starting kernels and copying cost " + timeText(small.launch + small.copies) +
           " a step however small the network is, and in that time the processor has done " +
           (small.launch + small.copies > cpu.seconds[0] ? "all of its step." : shareText(small.launch + small.copies, cpu.seconds[0]) + " of its step.");
}

Json stepJson(const RaceStep& step) {
    Json layers = Json::array();
    for (const RaceLayer& layer : step.layers) {
        Json row{{"name", layer.name}, {"forward", layer.forward}, {"backward", layer.backward}};
        if (layer.node) {
            row.update({{"forward_flop", layer.work.forward.flop}, {"forward_bytes", layer.work.forward.bytes}, {"backward_flop", layer.work.backward.flop},
                        {"backward_bytes", layer.work.backward.bytes}});
        }
        if (layer.started > 0) row.update({{"kernels", layer.started}, {"occupancy", layer.occupancy}, {"units", unitsWord(layer.units)}});
        layers.push_back(row);
    }
    return {{"seconds", step.whole}, {"launch", step.launch}, {"copies", step.copies}, {"kernels", step.kernels}, {"kernels_started", step.started},
            {"loss", step.loss}, {"update", step.update}, {"layers", layers}};
}

Json peakJson(const DevicePeak& peak) {
    const auto known = [](double value) { return value > 0.0 ? Json(value) : Json(nullptr); };
    return {{"flops", known(peak.flops)}, {"tf32_flops", known(peak.tf32Flops)}, {"half_flops", known(peak.halfFlops)}, {"bytes_per_second", known(peak.bytes)}};
}

template <class Lane>
Json laneJson(const Lane& lane) {
    return {{"device", lane.id}, {"name", lane.device}, {"emulated", lane.emulated}};
}

Json sweepJson(const Sweep& sweep) {
    Json lanes = Json::array();
    for (const SweepLane& lane : sweep.lanes) {
        Json row = laneJson(lane);
        row.update({{"seconds", lane.seconds}, {"fixed_seconds", lane.fit.fixed}, {"seconds_per_unit", lane.fit.perUnit}, {"slope", lane.slope},
                    {"smallest", stepJson(lane.smallest)}, {"largest", stepJson(lane.largest)}});
        if (lane.ended) row["ended"] = lane.ended->sentence();
        lanes.push_back(row);
    }
    Json crossover = nullptr;
    if (sweep.crossover) crossover = {{"size", sweep.crossover->size}, {"measured", sweep.crossover->measured}};
    return {{"quantity", sweep.quantity}, {"network", sweep.network}, {"sizes", sweep.sizes}, {"load", sweep.load}, {"lanes", lanes},
            {"crossover", crossover}, {"explanation", sweepSentences(sweep)}};
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

const char* unitsWord(Units units) {
    return units == Units::TensorHalf ? "tensor cores, 16 bits" : units == Units::TensorTf32 ? "tensor cores, TF32" : "CUDA cores";
}

std::vector<std::string> emulationSentences(const Race& race) {
    std::vector<std::string> sentences;
    for (const RaceLane& lane : race.lanes) {
        if (lane.emulated) sentences.push_back(emulationSentence(lane.device));
    }
    return sentences;
}

std::vector<std::string> raceSentences(const Race& race) {
    std::vector<std::string> sentences = emulationSentences(race);
    if (race.lanes.size() < 2 || race.lanes[0].steps.empty() || race.lanes[1].steps.empty()) return sentences;
    const RaceLane &first = race.lanes[0], &second = race.lanes[1];
    const double difference = race.largestDifference();
    sentences.push_back("Seed " + std::to_string(race.seed) + ", the same weights and images: after " + rounded(static_cast<double>(first.steps.size())) +
                        " steps the loss is " + formatNumber(first.steps.back().loss, 4) + " on " + first.device + " and " +
                        formatNumber(second.steps.back().loss, 4) + " on " + second.device + "; at no step do they differ by more than " +
                        formatNumber(100.0 * difference, 2) + " %" +
                        (difference < 0.01 ? ", which is rounding." : ": small differences grow from step to step; `convolab devices --check` compares the kernels themselves."));
    if (first.step.whole > 0.0 && second.step.whole > 0.0) {
        sentences.push_back("A step takes " + timeText(first.step.whole) + " on " + first.device + " and " + timeText(second.step.whole) + " on " +
                            second.device + ": " + ratioSentence(first.device, first.step.whole, second.device, second.step.whole) + ".");
    }
    if (race.plainLoops && first.step.whole > 0.0 && second.step.whole > 0.0) {
        sentences.push_back("In plain loops on one core of the processor a step takes " + timeText(*race.plainLoops) + ": beside that, " + second.device + " is " +
                            formatNumber(*race.plainLoops / second.step.whole, 3) + " times as fast and " + first.device + " " +
                            formatNumber(*race.plainLoops / first.step.whole, 3) + " times. Comparisons of the early years of GPUs (125 to 150 times, Krizhevsky 2009) " +
                            "were made with such loops; against the processor at its best the ratio is " + formatNumber(first.step.whole / second.step.whole, 3) + ".");
    }
    if (const std::string parts = partsSentence(second.step); !parts.empty()) sentences.push_back("On " + second.device + ", " + parts + ".");
    return sentences;
}

std::vector<std::string> rooflineSentences(const Race& race) {
    std::vector<std::string> sentences;
    for (const RaceLane& lane : race.lanes) {
        if (std::string text = rooflineSentence(lane); !text.empty()) sentences.push_back(std::move(text));
    }
    return sentences;
}

std::vector<std::string> sweepSentences(const Sweep& sweep) {
    std::vector<std::string> sentences;
    for (const SweepLane& lane : sweep.lanes) {
        if (lane.emulated) sentences.push_back(emulationSentence(lane.device));
    }
    if (sweep.lanes.size() < 2) return sentences;
    const auto add = [&](std::string sentence) {
        if (!sentence.empty()) sentences.push_back(std::move(sentence));
    };
    add(crossoverSentence(sweep));
    add("Fitted: " + fitText(sweep, sweep.lanes[0]) + "; " + fitText(sweep, sweep.lanes[1]) + ".");
    const std::size_t last = std::min(sweep.lanes[0].seconds.size(), sweep.lanes[1].seconds.size());
    add(endSentence(sweep, 0, sweep.lanes[0].smallest, sweep.lanes[1].smallest));
    if (last > 1) add(endSentence(sweep, last - 1, sweep.lanes[0].largest, sweep.lanes[1].largest));
    add(whySentence(sweep));
    for (const SweepLane& lane : sweep.lanes) {
        if (lane.ended) add("Larger sizes are missing: " + lane.ended->sentence() + ".");
    }
    return sentences;
}

std::string raceCsv(const Race& race) {
    std::string text = "step";
    std::size_t rows = 0;
    for (const RaceLane& lane : race.lanes) {
        text += "," + quoted("loss " + lane.device) + "," + quoted("seconds " + lane.device);
        rows = std::max(rows, lane.steps.size());
    }
    text += "\r\n";
    for (std::size_t i = 0; i < rows; ++i) {
        text += std::to_string(i + 1);
        for (const RaceLane& lane : race.lanes) {
            const bool there = i < lane.steps.size();
            text += there ? "," + formatNumber(lane.steps[i].loss) + "," + formatNumber(lane.steps[i].seconds) : ",,";
        }
        text += "\r\n";
    }
    return text;
}

std::string raceLayersCsv(const Race& race) {
    std::string text = "part";
    for (const RaceLane& lane : race.lanes) text += "," + quoted("seconds " + lane.device);
    text += "\r\n";
    const auto row = [&](const std::string& name, const auto& value) {
        text += quoted(name);
        for (const RaceLane& lane : race.lanes) {
            const std::optional<double> seconds = value(lane.step);
            text += "," + (seconds ? formatNumber(*seconds) : std::string());
        }
        text += "\r\n";
    };
    std::vector<std::string> names;
    for (const RaceLane& lane : race.lanes) {
        for (const RaceLayer& layer : lane.step.layers) {
            if (std::ranges::find(names, layer.name) == names.end()) names.push_back(layer.name);
        }
    }
    for (const std::string& name : names) {
        const auto layerOf = [&](const RaceStep& step) { return std::ranges::find(step.layers, name, &RaceLayer::name); };
        const auto part = [&](double RaceLayer::*member) {
            return [&layerOf, member](const RaceStep& step) {
                const auto found = layerOf(step);
                return found == step.layers.end() ? std::nullopt : std::optional((*found).*member);
            };
        };
        row(name + ", forward", part(&RaceLayer::forward));
        row(name + ", backward", part(&RaceLayer::backward));
    }
    const std::pair<const char*, double RaceStep::*> parts[] = {{"loss", &RaceStep::loss}, {"update", &RaceStep::update}, {"launch", &RaceStep::launch},
                                                                {"copies", &RaceStep::copies}, {"kernels", &RaceStep::kernels}, {"step", &RaceStep::whole}};
    for (const auto& [name, member] : parts) row(name, [member](const RaceStep& step) { return std::optional(step.*member); });
    return text;
}

std::string rooflineCsv(const Race& race) {
    std::string text = "device,layer,kind,pass,seconds,FLOP,bytes,FLOP/s,share of arithmetic,bytes/s,share of memory,units,occupancy\r\n";
    const auto number = [](double value) { return "," + (value > 0.0 ? formatNumber(value) : std::string()); };
    for (const RaceLane& lane : race.lanes) {
        for (const RaceLayer& layer : lane.step.layers) {
            for (const bool backward : {false, true}) {
                const PassWork& work = backward ? layer.work.backward : layer.work.forward;
                const double seconds = backward ? layer.backward : layer.forward;
                const PassRate rate = passRate(work, seconds, lane.peak, layer.units);
                text += quoted(lane.device) + "," + quoted(layer.name) + "," + layer.kind + (backward ? ",backward" : ",forward") + number(seconds) +
                        number(work.flop) + number(work.bytes) + number(rate.flops) + number(rate.ofArithmetic) + number(rate.bytesPerSecond) +
                        number(rate.ofMemory) + "," + (lane.isGpu ? quoted(unitsWord(layer.units)) : std::string()) + number(layer.occupancy) + "\r\n";
            }
        }
    }
    return text;
}

std::string sweepCsv(const Sweep& sweep) {
    std::string text = sweep.quantity == "n" ? "n,parameters" : "batch,images";
    for (const SweepLane& lane : sweep.lanes) text += "," + quoted("seconds " + lane.device) + "," + quoted("fitted " + lane.device);
    text += "\r\n";
    for (std::size_t i = 0; i < sweep.sizes.size(); ++i) {
        text += formatNumber(sweep.sizes[i]) + "," + formatNumber(sweep.load[i], 9);
        for (const SweepLane& lane : sweep.lanes) {
            text += "," + (i < lane.seconds.size() ? formatNumber(lane.seconds[i]) : std::string()) + "," + formatNumber(lane.fit.at(sweep.load[i]));
        }
        text += "\r\n";
    }
    return text;
}

std::string raceJson(const Race& race, const std::vector<Sweep>& sweeps, int indent) {
    Json lanes = Json::array();
    for (const RaceLane& lane : race.lanes) {
        Json row = laneJson(lane);
        Json losses = Json::array(), seconds = Json::array();
        for (const StepMetrics& step : lane.steps) {
            losses.push_back(step.loss);
            seconds.push_back(step.seconds);
        }
        row.update({{"losses", losses}, {"seconds", seconds}, {"step", stepJson(lane.step)}, {"peak", peakJson(lane.peak)}});
        lanes.push_back(row);
    }
    std::vector<std::string> explanation = raceSentences(race);
    for (std::string& sentence : rooflineSentences(race)) explanation.push_back(std::move(sentence));
    Json list = Json::array();
    for (const Sweep& sweep : sweeps) list.push_back(sweepJson(sweep));
    return Json{{"network", race.network}, {"dataset", race.dataset}, {"batch", race.batch}, {"seed", race.seed}, {"lanes", lanes},
                {"plain_loops_seconds", race.plainLoops ? Json(*race.plainLoops) : Json(nullptr)},
                {"explanation", explanation}, {"sweeps", list}}
        .dump(indent);
}

}  // namespace convolab
