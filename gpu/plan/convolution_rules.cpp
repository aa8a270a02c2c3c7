// Convolutions and matrix products.
#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

namespace {

ConvolutionShape shapeOf(const ConvolabGpuOp& op, const ConvolabGpuShape& in, const ConvolabGpuShape& out) {
    const ConvolabGpuWindow& w = op.window;
    return {.in = mapsOf(in), .out = mapsOf(out),
            .kernelHeight = w.kernelHeight, .kernelWidth = w.kernelWidth,
            .strideHeight = w.strideHeight, .strideWidth = w.strideWidth,
            .padTop = w.padTop, .padLeft = w.padLeft,
            .dilationHeight = w.dilationHeight, .dilationWidth = w.dilationWidth,
            .groups = op.groups};
}

ConvolutionShape shapeOf(const ConvolabGpuOp& op) { return shapeOf(op, op.inputShapes[0], op.output); }

void addBiasGradient(const OpRun& run) {
    if (run.at.gradients[1] == nullptr) return;
    run.add(BiasGradient{run.at.outputGradient, run.at.gradients[1], run.n, run.op.output.channels, planeOf(run.op.output)},
            run.op.output.channels);
}

void forwardConvolution(const OpRun& run) {
    run.add(Convolution{shapeOf(run.op), run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output},
            run.n * sizeOf(run.op.output));
}

void backwardConvolution(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op);
    run.add(ConvolutionWeightGradient{shape, run.at.inputs[0], run.at.outputGradient, run.at.gradients[0], run.n}, run.op.parameterSizes[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(ConvolutionInputGradient{shape, run.at.outputGradient, run.at.parameters[0], nullptr, run.at.inputGradients[0]},
            run.n * sizeOf(run.op.inputShapes[0]));
}

// As a convolution from the output to the input, whose passes change places.
void forwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op, run.op.output, run.op.inputShapes[0]);
    run.add(ConvolutionInputGradient{shape, run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output},
            run.n * sizeOf(run.op.output));
}

void backwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op, run.op.output, run.op.inputShapes[0]);
    run.add(ConvolutionWeightGradient{shape, run.at.outputGradient, run.at.inputs[0], run.at.gradients[0], run.n}, run.op.parameterSizes[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(Convolution{shape, run.at.outputGradient, run.at.parameters[0], nullptr, run.at.inputGradients[0]},
            run.n * sizeOf(run.op.inputShapes[0]));
}

void forwardTable(const OpRun& run) {
    run.add(TableConvolution{shapeOf(run.op), {run.at.table}, run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output},
            run.n * sizeOf(run.op.output));
}

void backwardTable(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op);
    const ConnectionMatrix connections{run.at.table};
    run.add(TableConvolutionWeightGradient{shape, connections, run.at.inputs[0], run.at.outputGradient, run.at.gradients[0], run.n},
            shape.out.channels * shape.in.channels * shape.kernelHeight * shape.kernelWidth);
    addBiasGradient(run);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(TableConvolutionInputGradient{shape, connections, run.at.outputGradient, run.at.parameters[0], run.at.inputGradients[0]},
            run.n * sizeOf(run.op.inputShapes[0]));
}

void forwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    run.add(Dense{run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output, inputs, outputs}, run.n * outputs);
}

void backwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    run.add(DenseWeightGradient{run.at.inputs[0], run.at.outputGradient, run.at.gradients[0], inputs, outputs, run.n}, outputs * inputs);
    addBiasGradient(run);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(DenseInputGradient{run.at.outputGradient, run.at.parameters[0], run.at.inputGradients[0], inputs, outputs}, run.n * inputs);
}

void forwardRbf(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    run.add(RbfOutput{run.at.inputs[0], run.at.constants, run.at.output, inputs, outputs}, run.n * outputs);
}

void backwardRbf(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    run.add(RbfInputGradient{run.at.inputs[0], run.at.constants, run.at.outputGradient, run.at.inputGradients[0], inputs, outputs}, run.n * inputs);
}

}  // namespace

const OpRules kConvolutionRules{.forward = forwardConvolution, .backward = backwardConvolution, .backwardReadsInput = true};
const OpRules kTransposedConvolutionRules{.forward = forwardTransposed, .backward = backwardTransposed, .backwardReadsInput = true};
const OpRules kTableConvolutionRules{.forward = forwardTable, .backward = backwardTable, .backwardReadsInput = true};
const OpRules kDenseRules{.forward = forwardDense, .backward = backwardDense, .backwardReadsInput = true};
const OpRules kRbfRules{.forward = forwardRbf, .backward = backwardRbf, .backwardReadsInput = true};

}  // namespace convolab::gpu
