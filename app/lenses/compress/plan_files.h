#pragma once

#include <QString>

#include "app/lenses/compress/plan_bench.h"
#include "core/project/kept_version.h"

namespace convolab {

class CompressSession;
class LabDocument;

/// The plan as readable JSON, and back; reading it is one undo step. A plan for other layers is a sentence.
Status savePlanFile(const CompressSession& compress, const QString& file);
Status readPlanFile(CompressSession& compress, const QString& file);

/// Puts the command line that does the same into the clipboard and returns it. The plan lies beside the document as a file.
Result<QString> copyPlanCommand(LabDocument& document, const CompressSession& compress, double epochs, bool gradual);

/// What is kept of a plan as a version: name, kind, and what was measured.
VersionInfo versionOf(const LaidPlan& laid, const CompressSession& compress);

}  // namespace convolab
