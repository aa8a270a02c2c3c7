#pragma once

#include "core/compress/coding/packed_file.h"
#include "core/compress/plan.h"
#include "core/project/project_file.h"

namespace convolab {

/// What was done to the network of a packed file, by its zeros and codebooks: laid over the decoded weights, the plan gives
/// these weights again.
CompressionPlan planOf(const PackedNetwork& network);

/// Makes a fresh document one of this network: its weights end a run of their own, the plan lies over it.
void fillDocument(ProjectFile& file, const PackedNetwork& network, const Recipe& recipe);

}  // namespace convolab
