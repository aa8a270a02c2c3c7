#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

namespace {

const OpRules kAliasRules{.aliasesInput = true, .passesGradient = true};

}  // namespace

const OpRules& rulesOf(std::int32_t kind) {
    switch (kind) {
        case kGpuInput: return kInputRules;
        case kGpuConvolution: return kConvolutionRules;
        case kGpuTransposedConvolution: return kTransposedConvolutionRules;
        case kGpuTableConvolution: return kTableConvolutionRules;
        case kGpuMaxPool: return kMaxPoolRules;
        case kGpuAveragePool: return kAveragePoolRules;
        case kGpuSubsampling: return kSubsamplingRules;
        case kGpuDense: return kDenseRules;
        case kGpuRbf: return kRbfRules;
        case kGpuActivation: return kActivationRules;
        case kGpuPrelu: return kPreluRules;
        case kGpuSoftmax: return kSoftmaxRules;
        case kGpuLogSoftmax: return kLogSoftmaxRules;
        case kGpuBatchNorm: return kBatchNormRules;
        case kGpuSetNorm: return kSetNormRules;
        case kGpuLrn: return kLrnRules;
        case kGpuDropout: return kDropoutRules;
        case kGpuMix: return kMixRules;
        case kGpuAdd: return kAddRules;
        case kGpuMultiply: return kMultiplyRules;
        case kGpuConcat: return kConcatRules;
        default: return kAliasRules;
    }
}

OpTables tablesOf(const ConvolabGpuOp& op) {
    if (op.kind == kGpuMix) return mixTables(op);
    return {{op.table, op.table + op.tableCount}, {op.constants, op.constants + op.constantCount}};
}

}  // namespace convolab::gpu
