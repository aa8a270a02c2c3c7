// The launches of chains.
#include <algorithm>

#include "gpu/plan/chain_steps.h"
#include "gpu/plan/network_plan.h"

namespace convolab::gpu {

Chain NetworkPlan::chainOf(const PlannedChain& planned, bool training, int buffer, std::int32_t* recomputed) const {
    Chain chain;
    chain.state = state(buffer);
    for (std::size_t m = 0; m < planned.ops.size(); ++m) {
        const PlannedOp& op = m_ops[static_cast<std::size_t>(planned.ops[m])];
        const OpMemory memory = memoryOf(op, buffer, training);
        if (m == 0) chain.x = memory.inputs[planned.through[m]];
        if (recomputed != nullptr && m + 1 == planned.needed) *recomputed = chain.count + 1;
        addChainSteps(op.op, memory, planned.through[m], training, chain);
        chain.y = memory.output;
    }
    return chain;
}

/// Gradients that are the same have one place, which is written once.
ChainGradient NetworkPlan::chainGradientOf(const PlannedChain& planned, bool training, int buffer) const {
    ChainGradient gradient;
    gradient.chain = chainOf(planned, training, buffer, &gradient.recomputed);
    const PlannedOp &head = m_ops[static_cast<std::size_t>(planned.ops.front())], &last = m_ops[static_cast<std::size_t>(planned.ops.back())];
    gradient.dy = piece<float>(last.gradient);
    gradient.first = planned.ownGradient ? 1 : 0;
    gradient.byOutput = planned.byOutput;
    if (planned.byOutput) gradient.recomputed = 0;
    if (!planned.merged) gradient.dx = piece<float>(planned.ownGradient ? head.gradient : head.inputGradients[planned.through.front()]);
    std::vector<const float*> written{gradient.dy};
    const auto once = [&](float*& to) {
        if (to != nullptr && std::ranges::count(written, to) > 0) to = nullptr;
        written.push_back(to);
    };
    for (std::int32_t k = gradient.chain.count - 1; k >= gradient.first; --k) once(gradient.chain.steps[k].gradient);
    once(gradient.dx);
    return gradient;
}

/// What the first layer does in front of its step: the moments of a batch. In evaluation the step itself takes the running ones.
void NetworkPlan::addHead(const PlannedOp& planned, Index n, bool training, int buffer, std::vector<Launch>& launches) const {
    if (planned.op.kind != kGpuBatchNorm || !training) return;
    planned.rules->forward({planned.op, memoryOf(planned, buffer, false), n, training, launches, m_options.kernels, m_options.libraries, false, m_options.factors, true});
}

void NetworkPlan::addChainGradient(const PlannedChain& planned, Index n, bool training, int buffer, std::vector<Launch>& launches) const {
    if (planned.merged) return;
    const ChainGradient gradient = chainGradientOf(planned, training, buffer);
    bool writes = gradient.dx != nullptr;
    for (const ChainStep& step : gradient.chain.steps) writes = writes || step.gradient != nullptr;
    if (writes) launches.push_back(launchOf(gradient, n * sizeOf(m_ops[static_cast<std::size_t>(planned.ops.back())].op.output)));
}

}  // namespace convolab::gpu
