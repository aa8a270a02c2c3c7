#pragma once

#include <string>

#include "core/model/compile_model.h"

namespace convolab {

/// Batches that a device makes of images that it keeps, plain, by each augmentation and by all of them, against the processor's:
/// in what they differ, in words; empty if in nothing, and of a device that keeps no images.
std::string augmentationDiffers(const CompileModel& device);

}  // namespace convolab
