#pragma once

#include <string>

#include "core/backend/device_pair.h"

namespace convolab {

/// In what a device and the processor differ, in words, empty if in nothing: the outputs of all layers, and the gradients of images and
/// layers in evaluation mode, with running statistics of their own; up to layer `end` (0: of the whole network).
std::string inspectionDiffers(const CompileModel& device, const NetworkSpec& spec, NodeId end = {});
/// Every example of a kind in a small network.
std::string kindInspectionDiffers(const CompileModel& device, const LayerKind& kind);
/// The gradient of the images that a training step leaves.
std::string trainedImageGradientDiffers(const CompileModel& device, const NetworkSpec& spec, double tolerance = DevicePair::kTolerance);
/// An attack step by step: where it starts at random, and three steps along the gradient's signs, against the same here.
std::string attackDiffers(const CompileModel& device);

}  // namespace convolab
