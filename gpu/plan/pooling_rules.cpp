// Poolings and LeNet-5's subsampling.
#include "gpu/libraries/libraries.h"
#include "gpu/plan/products.h"
#include "gpu/plan/shapes.h"

namespace convolab::gpu {

namespace {

std::size_t placesBytes(const ConvolabGpuOp& op, Index n) { return sizeof(std::int32_t) * static_cast<std::size_t>(n * sizeOf(op.output)); }

/// By cuDNN, if that may be called and takes the windows.
bool addCall(const OpRun& run, PoolingPass pass, const float* from, float* result) {
    const PoolShape s = poolShapeOf(run.op);
    const Index channels = run.op.output.channels;
    if ((run.libraries & kLayerLibrary) == 0 || !PoolingCall::fits(s, run.n * channels)) return false;
    const PoolingCall call{s, run.n, channels, pass, run.op.countPadding != 0, from, result};
    run.add(call, call.count());
    return true;
}

// Where a backward pass follows always by our own kernels: which of several equal values gets the gradient is the first one here and on the processor, and
// cuDNN does not say; and a place of four bytes per window is all that is kept, where cuDNN wants x and y again.
void forwardMaxPool(const OpRun& run) {
    if (!run.training && !run.followed && addCall(run, PoolingPass::Maximum, run.at.inputs[0], run.at.output)) return;
    run.add(MaxPool{poolShapeOf(run.op), run.at.inputs[0], run.at.output, reinterpret_cast<std::int32_t*>(run.at.workspace)}, run.n * sizeOf(run.op.output));
}

void backwardMaxPool(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(MaxPoolGradient{poolShapeOf(run.op), run.at.outputGradient, reinterpret_cast<const std::int32_t*>(run.at.workspace), run.at.inputGradients[0]},
            run.n * sizeOf(run.op.inputShapes[0]));
}

AveragePool averagePool(const OpRun& run, float* y) {
    return {poolShapeOf(run.op), run.op.countPadding != 0, run.at.inputs[0], y};
}

void forwardAveragePool(const OpRun& run) {
    if (!addCall(run, PoolingPass::Average, run.at.inputs[0], run.at.output)) run.add(averagePool(run, run.at.output), run.n * sizeOf(run.op.output));
}

void backwardAveragePool(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr || addCall(run, PoolingPass::AverageGradient, run.at.outputGradient, run.at.inputGradients[0])) return;
    run.add(AveragePoolGradient{averagePool(run, nullptr), run.at.outputGradient, run.at.inputGradients[0]}, run.n * sizeOf(run.op.inputShapes[0]));
}

// The means stay in the workspace, and behind them lies room for their gradient.
std::size_t meansBytes(const ConvolabGpuOp& op, Index n) { return 2 * sizeof(float) * static_cast<std::size_t>(n * sizeOf(op.output)); }

void forwardSubsampling(const OpRun& run) {
    float* means = reinterpret_cast<float*>(run.at.workspace);
    const Index count = run.n * sizeOf(run.op.output);
    run.add(averagePool(run, means), count);
    run.add(ScaleMaps{means, run.at.parameters[0], run.at.parameters[1], run.at.output, run.op.output.channels, planeOf(run.op.output)}, count);
}

void backwardSubsampling(const OpRun& run) {
    float* means = reinterpret_cast<float*>(run.at.workspace);
    const Index channels = run.op.output.channels, plane = planeOf(run.op.output), count = run.n * sizeOf(run.op.output);
    if (run.at.gradients[0] != nullptr) addSum<ScaleMapsFactorGradientTerms>(run, ScaleMapsFactorGradient{means, run.at.outputGradient, run.at.gradients[0], run.n, channels, plane}, run.n * plane, channels);
    if (run.at.gradients[1] != nullptr) addSum<BiasGradientTerms>(run, BiasGradient{run.at.outputGradient, run.at.gradients[1], run.n, channels, plane}, run.n * plane, channels);
    if (run.at.inputGradients[0] == nullptr) return;
    float* gradient = means + count;
    run.add(ScaleMaps{run.at.outputGradient, run.at.parameters[0], nullptr, gradient, channels, plane}, count);
    run.add(AveragePoolGradient{averagePool(run, nullptr), gradient, run.at.inputGradients[0]}, run.n * sizeOf(run.op.inputShapes[0]));
}

}  // namespace

const OpRules kMaxPoolRules{.forward = forwardMaxPool, .backward = backwardMaxPool, .workspaceBytes = placesBytes};
const OpRules kAveragePoolRules{.forward = forwardAveragePool, .backward = backwardAveragePool};
const OpRules kSubsamplingRules{.forward = forwardSubsampling, .backward = backwardSubsampling, .workspaceBytes = meansBytes};

}  // namespace convolab::gpu
