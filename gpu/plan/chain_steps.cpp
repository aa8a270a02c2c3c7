#include "gpu/plan/chain_steps.h"

namespace convolab::gpu {

ChainRole chainRoleOf(const ConvolabGpuOp& op, bool backward) {
    switch (op.kind) {
        case kGpuActivation:
        case kGpuDropout:
        case kGpuAdd: return ChainRole::Member;
        case kGpuMultiply: return op.inputCount == 2 ? ChainRole::Member : ChainRole::None;
        case kGpuBatchNorm:
        case kGpuPrelu: return backward ? ChainRole::Head : ChainRole::Member;
        case kGpuInput: return ChainRole::Head;
        case kGpuAlias: return ChainRole::Alias;
        default: return ChainRole::None;
    }
}

bool chainMayEnter(const ConvolabGpuOp& op, std::size_t input) {
    return input <= 1 && sizeOf(op.inputShapes[input]) == sizeOf(op.output);  // a + b is b + a; with a third one the order counts
}

std::int32_t chainStepsOf(const ConvolabGpuOp& op) {
    if (op.kind == kGpuAlias) return 0;
    return op.kind == kGpuAdd ? op.inputCount - 1 : 1;
}

void addChainSteps(const ConvolabGpuOp& op, const OpMemory& at, std::size_t through, bool training, Chain& chain) {
    const auto next = [&](std::int32_t kind) -> ChainStep& {
        ChainStep& step = chain.steps[chain.count++];
        step.kind = kind;
        return step;
    };
    const auto other = [&](std::int32_t kind, std::size_t k) -> ChainStep& {
        ChainStep& step = next(kind);
        step.first = at.inputs[k];
        if (k < at.inputGradients.size()) step.gradient = at.inputGradients[k];
        return step;
    };
    const auto perChannel = [&](ChainStep& step, Index count) {
        step.inner = Divisor(planeOf(op.output));
        step.count = Divisor(count);
    };
    switch (op.kind) {
        case kGpuActivation: {
            ChainStep& step = next(op.function);
            step.a = op.values[0];
            step.b = op.values[1];
            break;
        }
        case kGpuAdd:
            for (std::size_t k = 0; k < at.inputs.size(); ++k) {
                if (k != through) other(kChainAdd, k);
            }
            break;
        case kGpuMultiply: other(kChainMultiply, 1 - through).inner = Divisor(sizeOf(op.output) / sizeOf(op.inputShapes[1 - through])); break;
        case kGpuDropout: {
            if (!training) break;
            ChainStep& step = next(kChainDropout);
            step.threshold = static_cast<std::uint32_t>(op.rate * 16777216.0);
            step.a = static_cast<float>(1.0 / (1.0 - op.rate));
            step.layer = op.node;
            break;
        }
        case kGpuBatchNorm: {
            ChainStep& step = next(training ? kChainBatchNorm : kChainRunningNorm);
            step.first = training ? reinterpret_cast<const float*>(at.workspace) : at.statistics[0];
            step.second = at.parameters[0];
            step.third = at.parameters[1];
            step.fourth = at.statistics[1];
            step.a = op.values[0];
            perChannel(step, op.output.channels);
            break;
        }
        case kGpuInput: {
            ChainStep& step = next(kChainInput);
            step.first = at.constants;
            step.second = at.constants + op.output.channels;
            perChannel(step, op.output.channels);
            break;
        }
        case kGpuPrelu: {
            ChainStep& step = next(kChainPrelu);
            step.first = at.parameters[0];
            perChannel(step, op.parameterSizes[0]);
            break;
        }
        default: break;
    }
}

}  // namespace convolab::gpu
