#include "app/cli/bench/bench_output.h"

#include <algorithm>
#include <set>

#include "app/cli/table.h"
#include "core/cpu/compute_team.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

std::string milliseconds(double seconds) { return (seconds < 1e-6 ? "< 0.001" : valueText(1e3 * seconds, 3)) + " ms"; }

std::string spaced(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

void print(const Console& console, const Table& table) {
    for (const std::string& line : table.lines()) console.result(line);
}

std::string threadsText(int threads) { return withThousands(threads) + (threads == 1 ? " thread" : " threads"); }

std::string roundsText(int rounds) { return withThousands(rounds) + (rounds == 1 ? " round" : " rounds"); }

std::string timeCell(const ComparisonRow& row, const std::string& name) {
    const auto found = row.peers.find(name);
    const double seconds = name.empty() ? row.ours : found == row.peers.end() ? 0.0 : found->second;
    if (seconds > 0.0) return milliseconds(seconds);
    const bool failed = std::any_of(row.leftOut.begin(), row.leftOut.end(), [&](const LeftOut& one) { return one.failed && one.name == name; });
    return failed ? "failed" : "–";
}

std::string bytesCell(std::int64_t bytes) { return bytes > 0 ? formatBytes(static_cast<double>(bytes)) : "–"; }

std::vector<std::string> cells(const ComparisonRow& row, const std::set<std::string>& names) {
    std::vector<std::string> cells{row.what.network, stepTaskName(row.what.task), withThousands(row.what.batch), timeCell(row, "")};
    for (const std::string& name : names) cells.push_back(timeCell(row, name));
    cells.push_back(row.ratio ? valueText(*row.ratio, 3) : "–");
    cells.push_back(bytesCell(row.ourBytes));
    if (names.empty()) return cells;
    std::int64_t smallest = 0;
    for (const auto& [name, bytes] : row.peerBytes) smallest = smallest == 0 ? bytes : std::min(smallest, bytes);
    cells.push_back(bytesCell(smallest));
    return cells;
}

std::vector<std::string> notesOf(const ComparisonRow& row, int rounds) {
    std::vector<std::string> notes;
    for (const LeftOut& one : row.leftOut) notes.push_back(one.text());
    if (row.interrupted) notes.push_back("interrupted after " + withThousands(row.rounds) + " of " + roundsText(rounds));
    return notes;
}

void printAbout(const Console& console, const std::vector<ComparisonRow>& rows, const ComparisonOptions& options) {
    std::map<std::string, std::string> versions;
    for (const ComparisonRow& row : rows) {
        for (const auto& [name, version] : row.versions) versions[name.substr(0, name.find('_'))] = version;
    }
    const std::string where = options.device.empty() ? processorName() + ", " + instructionSet() + ", " + threadsText(rows.front().what.threads) : options.device;
    std::string about = where + ", float32; the median of " + roundsText(options.rounds);
    for (const auto& [name, version] : versions) about += "; " + name + " " + version;
    console.result(about);
    if (!versions.empty()) console.result("memory: what a step needs at most, without the programs themselves; peers': the least of theirs");
    std::string keeping;
    for (const Contender& peer : options.peers) {
        if (peer.keepsMemory && versions.contains(peer.engine)) keeping += (keeping.empty() ? "" : ", ") + spaced(peer.name);
    }
    if (!keeping.empty()) console.result(keeping + ": with " + keptMemoryText() + ", so that freed memory is kept: faster");
}

}  // namespace

void printComparison(const Console& console, const std::vector<ComparisonRow>& rows, const ComparisonOptions& options) {
    if (rows.empty()) return;
    std::set<std::string> names;
    for (const ComparisonRow& row : rows) {
        for (const auto& [name, seconds] : row.peers) names.insert(name);
        for (const LeftOut& one : row.leftOut) names.insert(one.name);
    }
    names.erase("");
    std::vector<std::string> header{"network", "task", "batch", "ours"};
    std::vector<int> right{0, 0, 1};
    for (const std::string& name : names) header.push_back(spaced(name));
    header.insert(header.end(), {"best / ours", "memory"});
    if (!names.empty()) header.emplace_back("peers'");
    right.resize(header.size(), 1);
    Table table(header, right);
    for (const ComparisonRow& row : rows) table.row(cells(row, names));
    print(console, table);
    console.result("");
    for (const ComparisonRow& row : rows) {
        for (const std::string& note : notesOf(row, options.rounds)) console.result(row.name() + ": " + note);
    }
    printAbout(console, rows, options);
}

std::string rowText(const ComparisonRow& row) {
    const std::string ours = timeCell(row, "");
    return row.ratio ? ours + ", best / ours " + valueText(*row.ratio, 3) : ours;
}

Json rowJson(const ComparisonRow& row) {
    Json notes = Json::array();
    for (const LeftOut& one : row.leftOut) notes.push_back(one.text());
    return {{"network", row.what.network}, {"task", stepTaskName(row.what.task)}, {"batch", row.what.batch},
            {"threads", row.what.threads}, {"device", row.what.device}, {"ours_seconds", row.ours > 0.0 ? Json(row.ours) : Json(nullptr)}, {"peers", row.peers},
            {"ratio", row.ratio ? Json(*row.ratio) : Json(nullptr)}, {"ours_peak_bytes", row.ourBytes},
            {"peers_peak_bytes", row.peerBytes}, {"versions", row.versions}, {"rounds", row.rounds},
            {"complete", row.complete()}, {"notes", notes}};
}

void printLayers(const Console& console, const std::string& network, const StepBreakdown& step, const MachinePeak& peak) {
    console.result("");
    console.result(network + ", a training step of " + withThousands(step.batch) + " images: " + milliseconds(step.whole));
    Table table({"layer", "forward", "backward", "of the step", "FLOP/s", "of the peak", "runs as"}, {0, 1, 1, 1, 1, 1, 0});
    for (const StepLayer& layer : step.layers) {
        table.row({layer.name, milliseconds(layer.forward), milliseconds(layer.backward), percentText(layer.seconds() / step.whole, 1),
                   layer.flop > 0.0 ? siText(layer.flops(), "FLOP/s") : "–",
                   layer.flop > 0.0 ? percentText(layer.flops() / peak.flops, 0) : "–", layer.implementation});
    }
    table.separator();
    const std::pair<const char*, double> others[] = {
        {"loss", step.loss}, {"changes of layout", step.layoutChanges}, {"update of the weights", step.update}, {"the rest", step.rest()}};
    for (const auto& [name, seconds] : others) table.row({name, milliseconds(seconds), "", percentText(seconds / step.whole, 1), "", "", ""});
    print(console, table);
    console.result("peak: " + siText(peak.flops, "FLOP/s") + " in a large matrix product, " + siText(peak.memoryBytes, "B/s") +
                   " from memory, " + threadsText(peak.threads));
    const bool winograd = std::any_of(step.layers.begin(), step.layers.end(),
                                      [](const StepLayer& layer) { return layer.implementation.find("wino") != std::string::npos; });
    if (winograd) console.result("FLOP are those of the sum as written; Winograd's transformation (wino) needs fewer, so its share can pass 100 %");
}

Json layersJson(const std::string& network, const StepBreakdown& step, const MachinePeak& peak) {
    Json layers = Json::array();
    for (const StepLayer& layer : step.layers) {
        layers.push_back({{"name", layer.name}, {"implementation", layer.implementation}, {"forward_seconds", layer.forward},
                          {"backward_seconds", layer.backward}, {"flop", layer.flop}, {"flops", layer.flops()},
                          {"share_of_peak", layer.flops() / peak.flops}});
    }
    return {{"network", network}, {"batch", step.batch}, {"seconds", step.whole}, {"loss_seconds", step.loss},
            {"layout_seconds", step.layoutChanges}, {"update_seconds", step.update}, {"rest_seconds", step.rest()},
            {"peak_flops", peak.flops}, {"threads", peak.threads}, {"layers", layers}};
}

void printGrowth(const Console& console, const Growth& growth) {
    console.result("");
    for (const GrowthSeries& series : growth.series) {
        console.result(series.quantity + ": " + series.network + ", training; time of an image ~ n^" + valueText(series.slope(), 2) +
                       " (its arithmetic ~ n^" + valueText(series.arithmetic, 2) + ")");
        std::vector<std::string> header{"n"}, row{"time of an image"};
        for (std::size_t i = 0; i < series.sizes.size(); ++i) {
            header.push_back(valueText(series.sizes[i]));
            row.push_back(siText(series.seconds[i], "s"));
        }
        std::vector<int> right(header.size(), 1);
        right.front() = 0;
        Table table(header, right);
        table.row(row);
        print(console, table);
        console.result("");
    }
    if (growth.threads.empty()) return;
    Table table({"network", "batch", "one thread", "all", "threads", "gain"}, {0, 1, 1, 1, 1, 1});
    for (const ThreadGain& gain : growth.threads) {
        table.row({gain.network, withThousands(gain.batch), milliseconds(gain.one), milliseconds(gain.all),
                   withThousands(gain.threads), valueText(gain.gain(), 3)});
    }
    print(console, table);
}

Json growthJson(const Growth& growth) {
    Json series = Json::array(), threads = Json::array();
    for (const GrowthSeries& one : growth.series) {
        series.push_back({{"quantity", one.quantity}, {"network", one.network}, {"task", stepTaskName(one.task)}, {"sizes", one.sizes},
                          {"seconds_per_image", one.seconds}, {"slope", one.slope()}, {"arithmetic_slope", one.arithmetic}});
    }
    for (const ThreadGain& gain : growth.threads) {
        threads.push_back({{"network", gain.network}, {"task", stepTaskName(gain.task)}, {"batch", gain.batch},
                           {"threads", gain.threads}, {"one_thread_seconds", gain.one}, {"all_threads_seconds", gain.all}});
    }
    return {{"series", series}, {"threads", threads}, {"complete", growth.whole}};
}

}  // namespace convolab
