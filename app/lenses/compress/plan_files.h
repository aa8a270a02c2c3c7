#pragma once

#include <QString>

#include "app/lenses/compress/plan_bench.h"
#include "core/compress/compression_recipe.h"
#include "core/project/kept_version.h"

namespace convolab {

class CompressSession;
class LabDocument;

/// The plan as readable JSON, and back; reading it is one undo step. A plan for other layers is a sentence.
Status savePlanFile(const CompressSession& compress, const QString& file);
Status readPlanFile(CompressSession& compress, const QString& file);

/// Puts the command line that does the same into the clipboard and returns it. A plan that is only cut, or was fine-tuned once,
/// becomes `prune` with its settings; all else `compress` with a recipe. Plan or recipe lie beside the document as a file.
Result<QString> copyPlanCommand(LabDocument& document, const CompressSession& compress, const Result<CompressionRecipe>& recipe);

/// What is kept of a plan as a version: name, kind, and what was measured.
VersionInfo versionOf(const LaidPlan& laid, const CompressSession& compress);

}  // namespace convolab
