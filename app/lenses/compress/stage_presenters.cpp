#include "app/lenses/compress/stage_presenters.h"

#include <QCoreApplication>
#include <algorithm>

#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

enum Coder : std::size_t { kDense, kSparse, kShared };  // of weightCoders(), as stages of compression

std::string words(const char* text) { return QCoreApplication::translate("compress", text).toStdString(); }

std::size_t indexOf(const std::string& coder) {
    const auto& coders = weightCoders();
    const auto found = std::find_if(coders.begin(), coders.end(), [&](const WeightCoder* each) { return each->id == coder; });
    return found == coders.end() ? coders.size() - 1 : static_cast<std::size_t>(found - coders.begin());
}

const Stage* lastOf(const std::vector<Stage>& stages) {
    const auto found = std::find_if(stages.rbegin(), stages.rend(), [](const Stage& stage) { return stage.there(); });
    return found == stages.rend() ? nullptr : &*found;
}

}  // namespace

std::vector<Stage> stagesOf(const LaidPlan& laid, const CodedPlan* coded, const std::string& coder, const StageAccuracies& accuracies) {
    const PlanFigures& figures = laid.figures;
    const bool pruned = figures.kept < figures.weights, shared = laid.plan.shares(), onGrids = laid.plan.quantizes();
    const auto& bytes = coded != nullptr ? coded->stages : figures.stages;
    const auto at = [&bytes](std::size_t index) { return index < bytes.size() ? bytes[index] : 0; };
    const bool exact = coded != nullptr;
    std::vector<Stage> stages{{words("dense"), figures.denseBytes, true, accuracies.dense}};
    stages.push_back({words("pruned"), pruned ? at(kSparse) : 0, exact, {}});
    if (pruned) stages.back().accuracy = shared || onGrids ? accuracies.pruned : accuracies.last;
    stages.push_back({onGrids ? words("quantised") : words("shared"), onGrids ? figures.bytes : shared ? at(kShared) : 0, exact, {}});
    if (shared || onGrids) stages.back().accuracy = accuracies.last;
    const bool file = (pruned || shared) && !onGrids;
    const bool sameCoder = coded != nullptr && coded->coder == coder;
    stages.push_back({words("coded"), !file ? 0 : sameCoder ? coded->bytes : at(indexOf(coder)), exact, {}});
    if (file) stages.back().accuracy = sameCoder && coded->accuracy ? coded->accuracy->share() : accuracies.last;
    return stages;
}

std::string stageBytes(const Stage& stage) {
    if (!stage.there()) return "–";
    return (stage.exact ? "" : "≈ ") + formatBytes(static_cast<double>(stage.bytes));
}

std::string stageRatio(const std::vector<Stage>& stages) {
    const Stage* last = lastOf(stages);
    if (last == nullptr || last == &stages.front() || last->bytes >= stages.front().bytes) return {};
    const double ratio = static_cast<double>(stages.front().bytes) / static_cast<double>(last->bytes);
    return (last->exact ? "" : "≈ ") + fixedText(ratio, ratio < 100 ? 1 : 0) + "×";
}

std::string stageLine(const std::vector<Stage>& stages) {
    std::string line;
    for (const Stage& stage : stages) {
        if (stage.there()) line += (line.empty() ? "" : " → ") + stageBytes(stage);
    }
    const std::string ratio = stageRatio(stages);
    return ratio.empty() ? line : line + " · " + ratio;
}

}  // namespace convolab
