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
        case kGpuRound: return kRoundRules;
        case kGpuQuantize: return kQuantizeRules;
        case kGpuDequantize: return kDequantizeRules;
        case kGpuInt8Convolution: return kInt8ConvolutionRules;
        case kGpuInt8MaxPool: return kInt8MaxPoolRules;
        case kGpuInt8AveragePool: return kInt8AveragePoolRules;
        case kGpuInt8Add: return kInt8AddRules;
        case kGpuInt8Lookup: return kInt8LookupRules;
        case kGpuInt8Concat: return kInt8ConcatRules;
        case kGpuInt8Flatten: return kInt8FlattenRules;
        default: return kAliasRules;
    }
}

OpTables tablesOf(const ConvolabGpuOp& op) {
    if (op.kind == kGpuMix) return mixTables(op);
    if (op.kind == kGpuInt8Convolution) return int8ConvolutionTables(op);
    return {{op.table, op.table + op.tableCount}, {op.constants, op.constants + op.constantCount}, {op.bytes, op.bytes + op.byteCount}};
}

}  // namespace convolab::gpu
