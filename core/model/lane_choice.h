#pragma once

#include <vector>

#include "core/graph/analysis.h"
#include "core/model/fusion.h"

namespace convolab {

/// Shall the convolutions of this network put images side by side in the vectors, instead of channels? Yes where blocks of
/// channels would be padded much (20 channels to 24 or 32), the batch fills the lanes, this processor has the kernels, and every
/// layer between image and vector can work so.
bool prefersImageLanes(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options,
                       const std::vector<FusedLayer>& layers);

}  // namespace convolab
