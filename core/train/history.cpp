#include "core/train/history.h"

#include <algorithm>

#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kFall = 0.1;  // on 256 images two deviations are 0.06

std::string percent(double share) { return formatNumber(100.0 * share, 3) + " %"; }

template <class Row>
std::vector<Row> rowsFrom(const std::vector<Row>& rows, std::size_t& first) {
    std::vector<Row> later(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end());
    first = rows.size();
    return later;
}

std::string shortName(const std::string& name) {
    const std::size_t space = name.find(' ');
    if (space != std::string::npos) return shortName(name.substr(0, space)) + name.substr(space);
    const std::string& device = name;
    if (device == "cpu") return "CPU";
    const auto commas = std::ranges::count(device, ',');
    if (commas > 0) return std::to_string(commas + 1) + " GPUs";
    if (device.starts_with("emulated:")) return "host emulation";
    if (!device.starts_with("cuda:")) return device;
    return device == "cuda:0" ? "CUDA" : "CUDA " + device.substr(5);
}

}  // namespace

std::string moveText(const DeviceMove& move) { return shortName(move.from) + " → " + shortName(move.to); }

void History::append(const History& later) {
    steps.insert(steps.end(), later.steps.begin(), later.steps.end());
    validation.insert(validation.end(), later.validation.begin(), later.validation.end());
    trainClean.insert(trainClean.end(), later.trainClean.begin(), later.trainClean.end());
    robust.insert(robust.end(), later.robust.begin(), later.robust.end());
    moves.insert(moves.end(), later.moves.begin(), later.moves.end());
}

History rowsSince(const History& history, HistoryMark& mark) {
    History rows;
    rows.steps = rowsFrom(history.steps, mark.steps);
    rows.validation = rowsFrom(history.validation, mark.validation);
    rows.trainClean = rowsFrom(history.trainClean, mark.trainClean);
    rows.robust = rowsFrom(history.robust, mark.robust);
    rows.moves = rowsFrom(history.moves, mark.moves);
    return rows;
}

void dropRowsAfter(std::int64_t step, History& history) {
    const auto later = [step](const auto& row) { return row.step > step; };
    std::erase_if(history.steps, later);
    std::erase_if(history.validation, later);
    std::erase_if(history.trainClean, later);
    std::erase_if(history.robust, later);
    std::erase_if(history.moves, later);
}

const RobustMetrics* robustAt(const History& history, std::int64_t step) {
    const auto later = std::upper_bound(history.robust.begin(), history.robust.end(), step,
                                        [](std::int64_t s, const RobustMetrics& row) { return s < row.step; });
    return later == history.robust.begin() ? nullptr : &*(later - 1);
}

std::string catastrophicOverfitting(const History& history) {
    if (history.robust.size() < 2) return {};
    const RobustMetrics& now = history.robust.back();
    const auto best = std::max_element(history.robust.begin(), history.robust.end() - 1,
                                       [](const auto& a, const auto& b) { return a.pgd < b.pgd; });
    if (best->pgd - now.pgd < kFall || now.fgsm <= best->fgsm) return {};
    return "catastrophic overfitting: since step " + withThousands(best->step) + " accuracy under FGSM has risen from " +
           percent(best->fgsm) + " to " + percent(now.fgsm) + " while under PGD it has fallen from " +
           percent(best->pgd) + " to " + percent(now.pgd) +
           "; go back to those weights, and train with a warm-up of ε, a smaller step or PGD";
}

}  // namespace convolab
