#pragma once

#include <QString>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/lenses/compress/coded_plan.h"
#include "app/lenses/compress/plan_meter.h"
#include "core/compress/compression_recipe.h"

namespace convolab {

/// What an export is made from. Immutable, any thread.
struct ExportGround {
    LaidPlanPtr laid;                ///< null: there is nothing to export
    DatasetPtr dataset;              ///< null: it is not open
    std::shared_ptr<CalibrationCache> calibration;
    std::string coder;               ///< of the packed file
    std::optional<CompressionRecipe> recipe;
    std::string noRecipe;            ///< why there is none
};

/// What was written.
struct ExportOutcome {
    QString sentence;                ///< "Exported FILE, 425 KiB, checked"
    std::optional<CodedPlan> coded;  ///< of a packed file
};

/// One form of file that a plan's network is written in.
struct ExportForm {
    std::string id;                                             ///< "onnx-qdq"
    const char *title, *filter;                                 ///< to be translated in "compress"
    std::string ending;                                         ///< ".onnx"
    std::function<QString(const ExportGround&)> obstacle;       ///< why it does not apply; empty: it does
    /// On a thread of its own; `progress` takes a share, false: an error with ErrorCode::Cancelled.
    std::function<Result<ExportOutcome>(const ExportGround&, const std::filesystem::path&, const std::function<bool(double)>& progress)> write;
};

const std::vector<ExportForm>& exportForms();
const ExportForm* findExportForm(const std::string& id);

}  // namespace convolab
