// Which layers run as one chain (kernels/chain.h), and where the values and gradients of a chain lie. Only the last value is in memory.
// Kept for the gradient are the chain's input and what is added or multiplied on the way, as far as values have to be computed again; or
// where a ReLU at the end alone needs one, the output.
#include <algorithm>

#include "gpu/plan/chain_steps.h"
#include "gpu/plan/network_plan.h"

namespace convolab::gpu {

namespace {

constexpr Index kMostValues = Index{1} << 31;  // that a chain counts

}  // namespace

bool NetworkPlan::isReadOutside(int op) const {
    return op == m_network.lossOp || op == m_network.outputOp || std::ranges::count(m_options.taps, op) > 0;
}

const ConvolabGpuOp& NetworkPlan::describedOp(int op) const { return m_ops[static_cast<std::size_t>(op)].op; }

/// The input by which values come from `from` (−1: from outside of the chain), if the op can be in a chain there.
int NetworkPlan::chainInput(int index, int from) const {
    const PlannedOp& planned = m_ops[static_cast<std::size_t>(index)];
    const ChainRole role = chainRoleOf(planned.op, m_options.training);
    const bool heads = role == ChainRole::Head || role == ChainRole::Member, follows = role == ChainRole::Member || role == ChainRole::Alias;
    if (planned.fused || (from < 0 ? !heads : !follows) || m_options.maximumBatch * sizeOf(planned.op.output) >= kMostValues) return -1;
    for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
        if ((from >= 0 && planned.inputs[k] != from) || !chainMayEnter(planned.op, k)) continue;
        // The gradient of one number for a whole map is a sum over it.
        if (planned.op.kind == kGpuMultiply && m_options.training && wantsInputGradient(planned, 1 - k) && !chainMayEnter(planned.op, 1 - k)) continue;
        return static_cast<int>(k);
    }
    return -1;
}

bool NetworkPlan::wantsInputGradient(const PlannedOp& planned, std::size_t input) const {
    const std::int32_t from = planned.inputs[input];
    return from < 0 ? m_options.imageGradient : m_ops[static_cast<std::size_t>(from)].wantsGradient;
}

bool NetworkPlan::isInner(const PlannedOp& planned) const {
    return planned.chain >= 0 && &planned != &m_ops[static_cast<std::size_t>(m_chains[static_cast<std::size_t>(planned.chain)].ops.back())];
}

void NetworkPlan::findChains() {
    // What is looked into has a value and a gradient of its own for every layer.
    if (m_options.kernels == Kernels::Plain || !m_options.fuse || m_options.imageGradient) return;
    std::vector<std::vector<int>> readers(m_ops.size());
    for (int i = 0; i < count(); ++i) {
        for (const std::int32_t input : m_ops[static_cast<std::size_t>(i)].inputs) {
            if (input >= 0) readers[static_cast<std::size_t>(input)].push_back(i);
        }
    }
    for (int i = 0; i < count(); ++i) {
        if (m_ops[static_cast<std::size_t>(i)].chain < 0) growChain(i, readers);
    }
}

void NetworkPlan::growChain(int head, const std::vector<std::vector<int>>& readers) {
    PlannedChain chain;
    std::int32_t steps = 0;
    std::size_t useful = 0;  // members up to the last one that has a step
    for (int op = head, from = -1;;) {
        const int through = m_ops[static_cast<std::size_t>(op)].chain < 0 ? chainInput(op, from) : -1;
        const std::int32_t more = chainStepsOf(describedOp(op));
        if (through < 0 || steps + more > Chain::kMost) break;
        chain.ops.push_back(op);
        chain.through.push_back(static_cast<std::size_t>(through));
        steps += more;
        if (more > 0) useful = chain.ops.size();
        const std::vector<int>& next = readers[static_cast<std::size_t>(op)];
        if (next.size() != 1 || isReadOutside(op)) break;
        from = op;
        op = next.front();
    }
    chain.ops.resize(useful);
    chain.through.resize(useful);
    const auto withSteps = std::ranges::count_if(chain.ops, [&](int op) { return chainStepsOf(describedOp(op)) > 0; });
    if (withSteps < 2) return;
    const std::int32_t kind = describedOp(chain.ops.front()).kind;
    chain.ownGradient = m_options.training && (kind == kGpuBatchNorm || kind == kGpuPrelu);
    for (const int op : chain.ops) m_ops[static_cast<std::size_t>(op)].chain = static_cast<int>(m_chains.size());
    m_chains.push_back(std::move(chain));
}

/// At the time of the chain's last member, backwards: which pieces its kernel writes.
void NetworkPlan::placeChainGradients(PlannedChain& chain) {
    const int last = chain.ops.back(), time = backwardTime(last);
    int current = m_ops[static_cast<std::size_t>(last)].gradient;  // the piece that has the gradient at this point; −1: none has
    bool others = false;
    const auto here = [&](const ConvolabGpuShape& shape) {
        if (current < 0) current = addPiece(valueBytes(shape), time, time);
        return current;
    };
    for (std::size_t m = chain.ops.size(); m-- > (chain.ownGradient ? 1U : 0U);) {
        PlannedOp& planned = m_ops[static_cast<std::size_t>(chain.ops[m])];
        for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
            if (k == chain.through[m] || !wantsInputGradient(planned, k)) continue;
            others = true;
            planned.inputGradients[k] = planned.op.kind == kGpuAdd ? here(planned.op.output) : addPiece(valueBytes(planned.op.output), time, time);
        }
        if (planned.op.kind != kGpuAdd && planned.op.kind != kGpuAlias) current = -1;
    }
    PlannedOp& head = m_ops[static_cast<std::size_t>(chain.ops.front())];
    if (chain.ownGradient) {
        chain.merged = head.op.kind == kGpuBatchNorm && current < 0 && !others;
        head.gradient = chain.merged ? m_ops[static_cast<std::size_t>(last)].gradient : here(head.op.output);
        extend(head.gradient, backwardTime(chain.ops.front()));
    } else if (wantsInputGradient(head, chain.through.front())) {
        head.inputGradients[chain.through.front()] = here(head.op.output);
    }
    keepForGradient(chain, chain.merged ? backwardTime(chain.ops.front()) : time);
}

/// What the chain's gradient reads, until `time`.
void NetworkPlan::keepForGradient(PlannedChain& chain, int time) {
    for (std::size_t m = chain.ownGradient ? 1 : 0; m < chain.ops.size(); ++m) {
        const PlannedOp& planned = m_ops[static_cast<std::size_t>(chain.ops[m])];
        const bool multiplies = planned.op.kind == kGpuMultiply;
        if (multiplies) extendInput(planned, 1 - chain.through[m], time);
        if (planned.op.kind != kGpuActivation && !(multiplies && planned.inputGradients[1 - chain.through[m]] >= 0)) continue;
        if (chain.needed == 0) chain.byOutput = m + 1 == chain.ops.size();
        chain.needed = m + 1;
    }
    const PlannedOp& last = m_ops[static_cast<std::size_t>(chain.ops.back())];
    chain.byOutput = chain.byOutput && !chain.merged && last.op.kind == kGpuActivation && last.op.function == kGpuRelu;
    if (chain.byOutput) return extend(last.value, time);
    for (std::size_t m = 0; m < chain.needed; ++m) {
        const PlannedOp& planned = m_ops[static_cast<std::size_t>(chain.ops[m])];
        for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
            const bool enters = k == chain.through[m];
            if (enters ? m == 0 : m + 1 < chain.needed) extendInput(planned, k, time);
        }
    }
}

void NetworkPlan::extendInput(const PlannedOp& planned, std::size_t input, int time) {
    const std::int32_t from = planned.inputs[input];
    if (from >= 0) extend(m_ops[static_cast<std::size_t>(from)].value, time);
}

}  // namespace convolab::gpu
