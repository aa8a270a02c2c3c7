#pragma once

#include "core/graph/analysis.h"
#include "core/model/model.h"

namespace convolab {

/// Whether a network without errors can be compiled so, on whatever device. Options that exclude one another fail a check.
Status checkOptions(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options);

}  // namespace convolab
