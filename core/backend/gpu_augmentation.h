#pragma once

#include <vector>

#include "core/backend/gpu_data.h"
#include "core/data/augmentation.h"

namespace convolab {

/// An augmentation of (C, H, W) images for the CUDA module, which draws and computes what the processor does. Unsupported if
/// the module has no form of that kind. `spec` is valid.
Result<ConvolabGpuAugmentation> describeGpuAugmentation(const AugmentationSpec& spec, const Shape& picture);
/// All of them, in order.
Result<std::vector<ConvolabGpuAugmentation>> describeGpuAugmentations(const std::vector<AugmentationSpec>& specs, const Shape& picture);

}  // namespace convolab
