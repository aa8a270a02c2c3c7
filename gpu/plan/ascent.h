#pragma once

#include "gpu/plan/network_plan.h"

namespace convolab::gpu {

/// What an ascent needs in the device's memory besides the network's own.
struct AscentMemory {
    AscentNumbers* numbers;
    std::int64_t* ids;     ///< of each image
    float* clean;          ///< images
    std::int32_t* saw;     ///< per image, 1 where a gradient was not all zero
};

/// Where an ascent of n images begins: in plan.images(buffer), from memory.clean. Without `random` they are copies.
std::vector<Launch> ascentStart(const NetworkPlan& plan, const AscentMemory& memory, Index n, bool byLength, bool random, bool projects, int buffer);

/// One step of the images in plan.images(buffer), whose classes lie in plan.labels(buffer): forward and backward in evaluation mode from each
/// image's own cross-entropy, then along the gradient and back into the ball. In a plan with imageGradient.
std::vector<Launch> ascentStep(const NetworkPlan& plan, const AscentMemory& memory, Index n, bool byLength, int buffer);

}  // namespace convolab::gpu
