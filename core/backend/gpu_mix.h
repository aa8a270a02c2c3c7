#pragma once

#include "core/backend/gpu_description.h"

namespace convolab {

/// The table of a kind whose outputs are copies, constants or fixed mixtures of its inputs (kGpuMix in gpu_network.h).
void fillMix(const LayerKind& kind, const Attributes& attributes, const Shape& input, const Shape& output, GpuOp& made);

}  // namespace convolab
