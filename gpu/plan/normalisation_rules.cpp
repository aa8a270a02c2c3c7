// Normalisations.
#include "gpu/libraries/libraries.h"
#include "gpu/plan/products.h"

namespace convolab::gpu {

namespace {

ChannelValues channelsOf(const OpRun& run) { return {run.n, run.op.output.channels, planeOf(run.op.output)}; }

Moments* momentsOf(const OpRun& run) { return reinterpret_cast<Moments*>(run.at.workspace); }

std::size_t batchNormBytes(const ConvolabGpuOp& op, Index) { return sizeof(Moments) * static_cast<std::size_t>(op.output.channels); }

/// By blocks: one launch for the means, one for the deviations from them.
template <class MeanTerms, class VarianceTerms, class Plain>
void addMoments(const OpRun& run, const Plain& plain, Index terms, Index count) {
    if (!sumsByBlocks(run.kernels, terms)) return run.add(plain, count);
    run.add(BlockSum<MeanTerms>{MeanTerms{{}, plain}}, count);
    run.add(BlockSum<VarianceTerms>{VarianceTerms{{}, plain}}, count);
}

/// By cuDNN, if that may be called and takes the values; forward and backward alike. The workspace then holds the means, and behind
/// them the inverse deviations. With a chain behind our kernels save more than cuDNN: a pass over the values. cuDNN's gradient is always that of the input too: where nobody asks for it, our kernels have less to do.
bool addCall(const OpRun& run, BatchNormPass pass) {
    const OpMemory& at = run.at;
    const ChannelValues v = channelsOf(run);
    const bool wanted = !run.training || (!at.inputGradients.empty() && at.inputGradients[0] != nullptr);
    if ((run.libraries & kLayerLibrary) == 0 || run.chained || !wanted || !BatchNormCall::fits(v, kDnnLeastEpsilon, run.op.values[0])) return false;
    auto* mean = reinterpret_cast<float*>(at.workspace);
    const bool gradient = pass == BatchNormPass::Gradient;
    const BatchNormCall call{v, run.op.output.height, run.op.output.width, pass, at.inputs[0], gradient ? at.outputGradient : nullptr, at.parameters[0],
                             at.parameters[1], mean, mean + v.channels, at.statistics[0], at.statistics[1], gradient ? at.inputGradients[0] : at.output,
                             at.gradients[0], at.gradients[1], run.op.values[0], run.op.values[1]};
    run.add(call, call.count());
    return true;
}

void forwardBatchNorm(const OpRun& run) {
    const Index channels = run.op.output.channels;
    const OpMemory& at = run.at;
    // In evaluation a backward pass wants moments, which cuDNN does not keep there.
    if ((run.training || !run.followed) && addCall(run, run.training ? BatchNormPass::Training : BatchNormPass::Inference)) return;
    if (run.training) {
        const BatchMoments moments{channelsOf(run), at.inputs[0], momentsOf(run), at.statistics[0], at.statistics[1], run.op.values[0], run.op.values[1]};
        addMoments<BatchMeanTerms, BatchVarianceTerms>(run, moments, moments.v.count(), channels);
    } else {
        run.add(RunningMoments{at.statistics[0], at.statistics[1], momentsOf(run), run.op.values[0]}, channels);
    }
    if (run.chained) return;
    run.add(BatchNorm{channelsOf(run), at.inputs[0], momentsOf(run), at.parameters[0], at.parameters[1], at.output}, run.n * sizeOf(run.op.output));
}

void backwardBatchNorm(const OpRun& run) {
    const OpMemory& at = run.at;
    if (run.training && addCall(run, BatchNormPass::Gradient)) return;
    const Index channels = run.op.output.channels, values = run.n * sizeOf(run.op.output);
    const BatchNormParameterGradient sums{channelsOf(run), at.inputs[0], at.outputGradient, momentsOf(run), at.gradients[0], at.gradients[1]};
    const BatchNormInputGradient gradient{channelsOf(run), at.inputs[0], at.outputGradient, momentsOf(run), at.parameters[0],
                                          run.training ? at.gradients[0] : nullptr, run.training ? at.gradients[1] : nullptr, at.inputGradients[0]};
    if (run.behind != nullptr) {
        const ChainedNormTerms terms{{}, sums, *run.behind};
        if (sumsByBlocks(run.kernels, sums.v.count())) run.add(BlockSum<ChainedNormTerms>{terms}, channels);
        else run.add(ChainedNormParameterGradient{terms}, channels);
        if (at.inputGradients[0] != nullptr) run.add(ChainedNormInputGradient{gradient, *run.behind}, values);
        return;
    }
    if (at.gradients[0] != nullptr) addSum<BatchNormParameterGradientTerms>(run, sums, sums.v.count(), channels);
    if (at.inputGradients[0] != nullptr) run.add(gradient, values);
}

SetValues setsOf(const ConvolabGpuOp& op) {
    const Index image = sizeOf(op.output), parameters = op.parameterSizes[0] > 0 ? op.parameterSizes[0] : 1;
    return {image / op.groups, image / parameters, parameters};
}

// Behind the moments lie the sums of gradients.
std::size_t setNormBytes(const ConvolabGpuOp& op, Index n) {
    return (sizeof(Moments) + sizeof(GradientSums)) * static_cast<std::size_t>(n * op.groups);
}

void forwardSetNorm(const OpRun& run) {
    const SetValues sets = setsOf(run.op);
    addMoments<SetMeanTerms, SetVarianceTerms>(run, SetMoments{sets.each, run.at.inputs[0], momentsOf(run), run.op.values[0]}, sets.each, run.n * run.op.groups);
    run.add(SetNorm{sets, run.at.inputs[0], momentsOf(run), run.at.parameters[0], run.at.parameters[1], run.at.output}, run.n * sizeOf(run.op.output));
}

void backwardSetNorm(const OpRun& run) {
    const SetValues sets = setsOf(run.op);
    const Index count = run.n * run.op.groups;
    const OpMemory& at = run.at;
    if (at.gradients[0] != nullptr) {
        const Index values = run.n * sizeOf(run.op.output);
        const SetNormParameterGradient gradients{sets, at.inputs[0], at.outputGradient, momentsOf(run), at.gradients[0], at.gradients[1], values};
        addSum<SetNormParameterGradientTerms>(run, gradients, values / sets.count, sets.count);
    }
    if (at.inputGradients[0] == nullptr) return;
    auto* sums = reinterpret_cast<GradientSums*>(momentsOf(run) + count);
    addSum<SetGradientSumsTerms>(run, SetGradientSums{sets, at.inputs[0], at.outputGradient, momentsOf(run), at.parameters[0], sums}, sets.each, count);
    run.add(SetNormInputGradient{sets, at.inputs[0], at.outputGradient, momentsOf(run), at.parameters[0], sums, at.inputGradients[0]}, run.n * sizeOf(run.op.output));
}

LrnShape lrnOf(const ConvolabGpuOp& op) {
    return {.channels = op.output.channels, .plane = planeOf(op.output), .before = op.groups / 2, .after = (op.groups - 1) / 2,
            .share = op.values[0], .k = op.values[1], .beta = op.values[2]};
}

std::size_t lrnBytes(const ConvolabGpuOp& op, Index n) { return sizeof(float) * static_cast<std::size_t>(n * sizeOf(op.output)); }

void forwardLrn(const OpRun& run) {
    auto* denominator = reinterpret_cast<float*>(run.at.workspace);
    const Index count = run.n * sizeOf(run.op.output);
    run.add(LrnDenominator{lrnOf(run.op), run.at.inputs[0], denominator}, count);
    run.add(Lrn{lrnOf(run.op), run.at.inputs[0], denominator, run.at.output}, count);
}

void backwardLrn(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(LrnGradient{lrnOf(run.op), run.at.inputs[0], reinterpret_cast<const float*>(run.at.workspace), run.at.outputGradient, run.at.inputGradients[0]},
            run.n * sizeOf(run.op.output));
}

}  // namespace

const OpRules kBatchNormRules{.forward = forwardBatchNorm, .backward = backwardBatchNorm, .workspaceBytes = batchNormBytes, .backwardReadsInput = true};
const OpRules kSetNormRules{.forward = forwardSetNorm, .backward = backwardSetNorm, .workspaceBytes = setNormBytes, .backwardReadsInput = true};
const OpRules kLrnRules{.forward = forwardLrn, .backward = backwardLrn, .workspaceBytes = lrnBytes, .backwardReadsInput = true};

}  // namespace convolab::gpu
