#pragma once

#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/graph_index.h"

namespace convolab {

/// What is wrong with the wiring alone, before any shape: inputs and outputs, loops, layers without connection.
std::vector<Diagnostic> checkStructure(const NetworkSpec& spec, const GraphIndex& index,
                                       const AnalysisContext& context);

}  // namespace convolab
