// Convolutions and matrix products.
#include <algorithm>

#include "gpu/libraries/libraries.h"
#include "gpu/plan/products.h"

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

// Of both maps and the weights, the most values.
Index largestOf(const ConvolutionShape& s, Index n) {
    return std::max({n * s.in.image(), n * s.out.image(), s.out.channels * s.depth() * s.kernelHeight * s.kernelWidth});
}

Index tapsOf(const ConvolutionShape& s) { return s.kernelHeight * s.kernelWidth; }

/// By cuDNN, if that may be called and takes the shape.
bool addCall(const OpRun& run, const ConvolutionShape& s, ConvolutionPass pass, const float* first, const float* second, float* result) {
    if ((run.libraries & kConvolutionLibrary) == 0 || !ConvolutionCall::fits(s, run.n)) return false;
    const ConvolutionCall call{s, run.n, pass, first, second, result};
    run.add(call, call.count());
    return true;
}

void addBias(const OpRun& run, const Maps& maps, const float* bias, bool relu, float* y) {
    if (bias != nullptr || relu) run.add(AddBias{y, bias, maps.channels, maps.plane(), relu}, run.n * maps.image());
}

void addConvolution(const OpRun& run, const ConvolutionShape& s, const float* x, const float* w, const float* bias, float* y, bool relu = false) {
    if (addCall(run, s, ConvolutionPass::Forward, x, w, y)) return addBias(run, s.out, bias, relu, y);
    const auto choice = chooseProduct(run.kernels, s.filtersPerGroup(), run.n * s.out.plane(), s.depth() * tapsOf(s), s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, ConvolutionProduct(s, x, w, bias, y, relu, run.n));
    run.add(Convolution{s, x, w, bias, y, relu}, run.n * s.out.image());
}

void addInputGradient(const OpRun& run, const ConvolutionShape& s, const float* dy, const float* w, const float* bias, float* dx) {
    if (addCall(run, s, ConvolutionPass::InputGradient, dy, w, dx)) return addBias(run, s.in, bias, false, dx);
    const auto choice = chooseProduct(run.kernels, s.depth(), run.n * s.in.plane(), s.filtersPerGroup() * tapsOf(s), s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, InputGradientProduct(s, dy, w, bias, dx, run.n));
    run.add(ConvolutionInputGradient{s, dy, w, bias, dx}, run.n * s.in.image());
}

void addWeightGradient(const OpRun& run, const ConvolutionShape& s, const float* x, const float* dy, float* dw) {
    if (addCall(run, s, ConvolutionPass::WeightGradient, x, dy, dw)) return;
    const Index places = run.n * s.out.plane();
    const auto choice = chooseProduct(run.kernels, s.filtersPerGroup(), s.depth() * tapsOf(s), places, s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, WeightGradientProduct(s, x, dy, dw, run.n));
    addSum<ConvolutionWeightGradientTerms>(run, ConvolutionWeightGradient{s, x, dy, dw, run.n}, places, s.out.channels * s.depth() * tapsOf(s));
}

void addBiasGradient(const OpRun& run) {
    if (run.at.gradients[1] == nullptr) return;
    const Index plane = planeOf(run.op.output);
    addSum<BiasGradientTerms>(run, BiasGradient{run.at.outputGradient, run.at.gradients[1], run.n, run.op.output.channels, plane}, run.n * plane, run.op.output.channels);
}

void forwardConvolution(const OpRun& run) {
    addConvolution(run, shapeOf(run.op), run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output, run.relu);
}

void backwardConvolution(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op);
    addWeightGradient(run, shape, run.at.inputs[0], run.at.outputGradient, run.at.gradients[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] != nullptr) addInputGradient(run, shape, run.at.outputGradient, run.at.parameters[0], nullptr, run.at.inputGradients[0]);
}

// As a convolution from the output to the input, whose passes change places.
void forwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op, run.op.output, run.op.inputShapes[0]);
    addInputGradient(run, shape, run.at.inputs[0], run.at.parameters[0], run.at.parameters[1], run.at.output);
}

void backwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = shapeOf(run.op, run.op.output, run.op.inputShapes[0]);
    addWeightGradient(run, shape, run.at.outputGradient, run.at.inputs[0], run.at.gradients[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] != nullptr) addConvolution(run, shape, run.at.outputGradient, run.at.parameters[0], nullptr, run.at.inputGradients[0]);
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

// rows × columns results over `depth`: by cuBLASLt, by tiles, or by the plain body.
template <class Product, class Plain>
void addMatrix(const OpRun& run, Index rows, Index columns, Index depth, const float* left, const float* right, const float* bias, float* results, bool relu,
               const Plain& plain) {
    if ((run.libraries & kMatrixLibrary) != 0) {
        return run.add(MatrixCall{rows, columns, depth, Product::kRowsByDepth, Product::kColumnsByDepth, relu, left, right, bias, results}, rows * columns);
    }
    const auto choice = chooseProduct(run.kernels, rows, columns, depth, 1, std::max({rows * columns, rows * depth, columns * depth}));
    if (!choice.tiled) return run.add(plain, rows * columns);
    const auto narrow = NarrowShape::narrow;
    addTiled(run, choice, Product{narrow(rows), narrow(columns), narrow(depth), 1, left, right, bias, results, relu});
}

void forwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    const float *x = run.at.inputs[0], *w = run.at.parameters[0], *bias = run.at.parameters[1];
    float* y = run.at.output;
    addMatrix<DenseProduct>(run, run.n, outputs, inputs, x, w, bias, y, run.relu, Dense{x, w, bias, y, inputs, outputs, run.relu});
}

void backwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    const float *x = run.at.inputs[0], *w = run.at.parameters[0], *dy = run.at.outputGradient;
    float *dx = run.at.inputGradients[0], *dw = run.at.gradients[0];
    addMatrix<DenseWeightGradientProduct>(run, outputs, inputs, run.n, dy, x, nullptr, dw, false, DenseWeightGradient{x, dy, dw, inputs, outputs, run.n});
    addBiasGradient(run);
    if (dx == nullptr) return;
    addMatrix<DenseInputGradientProduct>(run, run.n, inputs, outputs, dy, w, nullptr, dx, false, DenseInputGradient{dy, w, dx, inputs, outputs});
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

const OpRules kConvolutionRules{.forward = forwardConvolution, .backward = backwardConvolution, .usesScratch = true, .takesRelu = true, .backwardReadsInput = true};
const OpRules kTransposedConvolutionRules{.forward = forwardTransposed, .backward = backwardTransposed, .usesScratch = true, .backwardReadsInput = true};
const OpRules kTableConvolutionRules{.forward = forwardTable, .backward = backwardTable, .backwardReadsInput = true};
const OpRules kDenseRules{.forward = forwardDense, .backward = backwardDense, .usesScratch = true, .takesRelu = true, .backwardReadsInput = true};
const OpRules kRbfRules{.forward = forwardRbf, .backward = backwardRbf, .backwardReadsInput = true};

}  // namespace convolab::gpu
