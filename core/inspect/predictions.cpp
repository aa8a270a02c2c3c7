#include "core/inspect/predictions.h"

#include <algorithm>

#include "core/data/targets.h"
#include "core/inspect/activations.h"
#include "core/model/nearest_target.h"
#include "core/model/split_logits.h"

namespace convolab {

std::int64_t PredictionTable::correct() const {
    return std::count_if(rows.begin(), rows.end(),
                         [](const Prediction& row) { return row.label == row.predicted; });
}

double PredictionTable::accuracy() const {
    return rows.empty() ? 0.0 : static_cast<double>(correct()) / static_cast<double>(rows.size());
}

std::vector<std::int64_t> PredictionTable::wrong() const {
    std::vector<std::int64_t> indices;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].label != rows[i].predicted) indices.push_back(static_cast<std::int64_t>(i));
    }
    return indices;
}

std::vector<std::int64_t> PredictionTable::cell(int label, int predicted) const {
    std::vector<std::int64_t> indices;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].label == label && rows[i].predicted == predicted)
            indices.push_back(static_cast<std::int64_t>(i));
    }
    return indices;
}

std::vector<std::vector<std::int64_t>> PredictionTable::confusion() const {
    const auto size = static_cast<std::size_t>(classes);
    std::vector<std::vector<std::int64_t>> counts(size, std::vector<std::int64_t>(size, 0));
    for (const Prediction& row : rows) {
        ++counts[static_cast<std::size_t>(row.label)][static_cast<std::size_t>(row.predicted)];
    }
    return counts;
}

Result<PredictionTable> predictSplit(const NetworkSpec& spec, const WeightSet& weights,
                                     const Dataset& dataset, Split split, std::int64_t limit,
                                     const Progress& progress) {
    const Targets* targets = targetsOf(dataset);
    if (isRegression(dataset)) {
        return Error{ErrorCode::Unsupported,
                     dataset.info().title + " has a number to estimate (" + targets->estimated.name + ") and no classes that could be confused",
                     {}, "choose a data set with classes"};
    }
    PredictionTable table;
    table.split = split;
    table.classes = dataset.classes();
    const auto images =
        visitLogits(spec, weights, dataset, split, limit, progress,
                    [&](std::int64_t index, std::span<const float> logits) {
                        if (targets != nullptr) {
                            table.rows.push_back({dataset.label(split, index), nearestTarget(targets->values, logits), 1.0F});
                            return;
                        }
                        const auto best = std::max_element(logits.begin(), logits.end());
                        const auto predicted = static_cast<std::size_t>(best - logits.begin());
                        table.rows.push_back({dataset.label(split, index), static_cast<int>(predicted),
                                              softmaxOf(logits)[predicted]});
                    });
    if (!images.ok()) return images.error();
    return table;
}

}  // namespace convolab
