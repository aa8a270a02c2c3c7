#pragma once

#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

/// What a chain (kernels/chain.h) can do for one kind of layer.
enum class ChainRole {
    None,
    Head,    ///< the first: its gradient needs more than a step backwards
    Member,
    Alias,   ///< changes nothing
};

/// `backward`: the plan has a backward pass. Of a batch norm then, and of PReLU, the steps are those in front of which their own
/// gradient begins.
ChainRole chainRoleOf(const ConvolabGpuOp& op, bool backward);

/// Whether the values that go through the chain may come in by this input: the order of the operations stays that of the layer's own body.
bool chainMayEnter(const ConvolabGpuOp& op, std::size_t input);

/// How many steps a layer takes, and those steps; `through` is the input whose values go through the chain. A step's gradient is set to
/// that of its other input, wanted or not.
std::int32_t chainStepsOf(const ConvolabGpuOp& op);
void addChainSteps(const ConvolabGpuOp& op, const OpMemory& at, std::size_t through, bool training, Chain& chain);

}  // namespace convolab::gpu
