#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/lenses/compress/coded_plan.h"

namespace convolab {

/// One of the four steps from the trained network to the file.
struct Stage {
    std::string name;        ///< "dense", "pruned", "shared" or "quantised", "coded"
    std::int64_t bytes = 0;  ///< 0: the plan has no such stage
    bool exact = true;       ///< counted; else estimated, within a few percent
    std::optional<double> accuracy = {};  ///< in [0, 1], where known
    bool there() const { return bytes > 0; }
};

/// What is known of the accuracies on the way.
struct StageAccuracies {
    std::optional<double> dense, pruned, last;
};

/// The four of a plan. `coded`: the same plan as a file, or null while it is only estimated; `coder`: how far the file is to
/// go. Layers on uniform grids have no packed file, and so no fourth stage.
std::vector<Stage> stagesOf(const LaidPlan& laid, const CodedPlan* coded, const std::string& coder, const StageAccuracies& accuracies);

/// "1.64 MiB → 64.6 KiB → 21.0 KiB → 19.0 KiB · 88.6×"; numbers that are estimated begin with ≈.
std::string stageLine(const std::vector<Stage>& stages);
/// "88.6×", "≈ 88.6×"; empty while nothing is smaller.
std::string stageRatio(const std::vector<Stage>& stages);
std::string stageBytes(const Stage& stage);  ///< "19.0 KiB", "≈ 19.0 KiB", "–"

}  // namespace convolab
