// Convolutions and matrix products.
#include <algorithm>

#include "gpu/libraries/libraries.h"
#include "gpu/plan/mixed_precision.h"
#include "gpu/plan/products.h"
#include "gpu/plan/shapes.h"

namespace convolab::gpu {

namespace {

// Of both maps and the weights, the most values.
Index largestOf(const ConvolutionShape& s, Index n) {
    return std::max({n * s.in.image(), n * s.out.image(), s.out.channels * s.depth() * s.kernelHeight * s.kernelWidth});
}

Index tapsOf(const ConvolutionShape& s) { return s.kernelHeight * s.kernelWidth; }

bool byLibrary(const ConvolutionShape& s, Index n, std::uint32_t libraries) { return (libraries & kConvolutionLibrary) != 0 && ConvolutionCall::fits(s, n); }

// A smaller batch may fit where the largest did not, for which there is no room.
bool byLibrary(const OpRun& run, const ConvolutionShape& s) {
    return byLibrary(s, run.n, run.libraries) && (run.factors == FactorType::Float32 || run.at.halfKept != nullptr);
}

/// Whether a layer's factors are copied to 16 bits for cuDNN.
bool copiesOf(const OpRun& run, const ConvolutionShape& s) { return run.factors != FactorType::Float32 && byLibrary(run, s); }

/// By cuDNN, if that may be called and takes the shape; `maps` are those of the result.
bool addCall(const OpRun& run, const ConvolutionShape& s, ConvolutionPass pass, const Operand& first, const Operand& second, std::uint16_t* rounded, float* result,
             const Maps& maps, const float* bias = nullptr, bool relu = false) {
    if (!byLibrary(run, s)) return false;
    const bool halves = run.factors != FactorType::Float32;
    const ConvolutionCall call{s, run.n, pass, libraryFactors(run, first), libraryFactors(run, second), halves ? static_cast<void*>(rounded) : result};
    run.add(call, call.count());
    if (halves) run.add(WidenAddBias{rounded, run.factors, result, bias, maps.channels, maps.plane(), relu}, call.count());
    else if (bias != nullptr || relu) run.add(AddBias{result, bias, maps.channels, maps.plane(), relu}, call.count());
    return true;
}

void addConvolution(const OpRun& run, const ConvolutionShape& s, const Operand& x, const Operand& w, const float* bias, std::uint16_t* rounded, float* y,
                    bool relu = false) {
    if (addCall(run, s, ConvolutionPass::Forward, x, w, rounded, y, s.out, bias, relu)) return;
    const auto choice = chooseProduct(run.kernels, s.filtersPerGroup(), run.n * s.out.plane(), s.depth() * tapsOf(s), s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, ConvolutionProduct(s, x.values, w.values, bias, y, relu, run.n));
    run.add(Convolution{s, ownFactors(run, x), ownFactors(run, w), bias, y, relu}, run.n * s.out.image());
}

void addInputGradient(const OpRun& run, const ConvolutionShape& s, const Operand& dy, const Operand& w, const float* bias, std::uint16_t* rounded, float* dx) {
    if (addCall(run, s, ConvolutionPass::InputGradient, dy, w, rounded, dx, s.in, bias)) return;
    const auto choice = chooseProduct(run.kernels, s.depth(), run.n * s.in.plane(), s.filtersPerGroup() * tapsOf(s), s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, InputGradientProduct(s, dy.values, w.values, bias, dx, run.n));
    run.add(ConvolutionInputGradient{s, ownFactors(run, dy), ownFactors(run, w), bias, dx}, run.n * s.in.image());
}

void addWeightGradient(const OpRun& run, const ConvolutionShape& s, const Operand& x, const Operand& dy, std::uint16_t* rounded, float* dw) {
    if (dw == nullptr) return;
    const Index weights = s.out.channels * s.depth() * tapsOf(s);
    if (addCall(run, s, ConvolutionPass::WeightGradient, x, dy, rounded, dw, {weights, 1, 1})) return;
    const Index places = run.n * s.out.plane();
    const auto choice = chooseProduct(run.kernels, s.filtersPerGroup(), s.depth() * tapsOf(s), places, s.groups, largestOf(s, run.n));
    if (choice.tiled) return addTiled(run, choice, WeightGradientProduct(s, x.values, dy.values, dw, run.n));
    addSum<ConvolutionWeightGradientTerms>(run, ConvolutionWeightGradient{s, ownFactors(run, x), ownFactors(run, dy), dw, run.n}, places, weights);
}

void addBiasGradient(const OpRun& run) {
    if (run.at.gradients[1] == nullptr) return;
    const Index plane = planeOf(run.op.output);
    addSum<BiasGradientTerms>(run, BiasGradient{run.at.outputGradient, run.at.gradients[1], run.n, run.op.output.channels, plane}, run.n * plane, run.op.output.channels);
}

HalfSizes convolutionHalves(const ConvolabGpuOp& op, Index n, std::uint32_t libraries) {
    return byLibrary(convolutionShapeOf(op), n, libraries) ? halfSizes(op, n, true) : HalfSizes{};
}

void forwardConvolution(const OpRun& run) {
    const ConvolutionShape shape = convolutionShapeOf(run.op);
    const Operands of = Operands::forward(run, copiesOf(run, shape));
    addConvolution(run, shape, of.input, of.weights, run.at.parameters[1], of.result, run.at.output, run.relu);
}

void backwardConvolution(const OpRun& run) {
    const ConvolutionShape shape = convolutionShapeOf(run.op);
    const Operands of = Operands::backward(run, copiesOf(run, shape));
    addWeightGradient(run, shape, of.input, of.gradient, of.result, run.at.gradients[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] != nullptr) addInputGradient(run, shape, of.gradient, of.weights, nullptr, of.result, run.at.inputGradients[0]);
}

// As a convolution from the output to the input, whose passes change places.
ConvolutionShape turnedShape(const ConvolabGpuOp& op) { return convolutionShapeOf(op, op.output, op.inputShapes[0]); }

HalfSizes transposedHalves(const ConvolabGpuOp& op, Index n, std::uint32_t libraries) {
    return byLibrary(turnedShape(op), n, libraries) ? halfSizes(op, n, true) : HalfSizes{};
}

void forwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = turnedShape(run.op);
    const Operands of = Operands::forward(run, copiesOf(run, shape));
    addInputGradient(run, shape, of.input, of.weights, run.at.parameters[1], of.result, run.at.output);
}

void backwardTransposed(const OpRun& run) {
    const ConvolutionShape shape = turnedShape(run.op);
    const Operands of = Operands::backward(run, copiesOf(run, shape));
    addWeightGradient(run, shape, of.gradient, of.input, of.result, run.at.gradients[0]);
    addBiasGradient(run);
    if (run.at.inputGradients[0] != nullptr) addConvolution(run, shape, of.gradient, of.weights, nullptr, of.result, run.at.inputGradients[0]);
}

void forwardTable(const OpRun& run) {
    const Operands of = Operands::forward(run, false);
    run.add(TableConvolution{convolutionShapeOf(run.op), {run.at.table}, ownFactors(run, of.input), ownFactors(run, of.weights), run.at.parameters[1], run.at.output},
            run.n * sizeOf(run.op.output));
}

void backwardTable(const OpRun& run) {
    const ConvolutionShape shape = convolutionShapeOf(run.op);
    const ConnectionMatrix connections{run.at.table};
    const Operands of = Operands::backward(run, false);
    if (run.at.gradients[0] != nullptr) {
        run.add(TableConvolutionWeightGradient{shape, connections, ownFactors(run, of.input), ownFactors(run, of.gradient), run.at.gradients[0], run.n},
                shape.out.channels * shape.in.channels * shape.kernelHeight * shape.kernelWidth);
    }
    addBiasGradient(run);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(TableConvolutionInputGradient{shape, connections, ownFactors(run, of.gradient), ownFactors(run, of.weights), run.at.inputGradients[0]},
            run.n * sizeOf(run.op.inputShapes[0]));
}

HalfSizes denseHalves(const ConvolabGpuOp& op, Index n, std::uint32_t libraries) {
    return (libraries & kMatrixLibrary) != 0 ? halfSizes(op, n, false) : HalfSizes{};
}

bool copiesMatrices(const OpRun& run) { return run.factors != FactorType::Float32 && (run.libraries & kMatrixLibrary) != 0; }

// rows × columns results over `depth`: by cuBLASLt, by tiles, or by the plain body.
template <class Product, class Plain>
void addMatrix(const OpRun& run, Index rows, Index columns, Index depth, const Operand& left, const Operand& right, const float* bias, float* results, bool relu,
               const Plain& plain) {
    if ((run.libraries & kMatrixLibrary) != 0) {
        return run.add(MatrixCall{rows, columns, depth, Product::kRowsByDepth, Product::kColumnsByDepth, relu, libraryFactors(run, left), libraryFactors(run, right), bias, results},
                       rows * columns);
    }
    const auto choice = chooseProduct(run.kernels, rows, columns, depth, 1, std::max({rows * columns, rows * depth, columns * depth}));
    if (!choice.tiled) return run.add(plain, rows * columns);
    const auto narrow = NarrowShape::narrow;
    addTiled(run, choice, Product{narrow(rows), narrow(columns), narrow(depth), 1, left.values, right.values, bias, results, relu});
}

void forwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    const Operands of = Operands::forward(run, copiesMatrices(run));
    const float* bias = run.at.parameters[1];
    float* y = run.at.output;
    addMatrix<DenseProduct>(run, run.n, outputs, inputs, of.input, of.weights, bias, y, run.relu,
                            Dense{ownFactors(run, of.input), ownFactors(run, of.weights), bias, y, inputs, outputs, run.relu});
}

void backwardDense(const OpRun& run) {
    const Index inputs = sizeOf(run.op.inputShapes[0]), outputs = sizeOf(run.op.output);
    const Operands of = Operands::backward(run, copiesMatrices(run));
    const ProductFactors x = ownFactors(run, of.input), w = ownFactors(run, of.weights), dy = ownFactors(run, of.gradient);
    float *dx = run.at.inputGradients[0], *dw = run.at.gradients[0];
    if (dw != nullptr) {
        addMatrix<DenseWeightGradientProduct>(run, outputs, inputs, run.n, of.gradient, of.input, nullptr, dw, false, DenseWeightGradient{x, dy, dw, inputs, outputs, run.n});
    }
    addBiasGradient(run);
    if (dx == nullptr) return;
    addMatrix<DenseInputGradientProduct>(run, run.n, inputs, outputs, of.gradient, of.weights, nullptr, dx, false, DenseInputGradient{dy, w, dx, inputs, outputs});
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

const OpRules kConvolutionRules{.forward = forwardConvolution, .backward = backwardConvolution, .halfBytes = convolutionHalves, .usesScratch = true, .takesRelu = true, .backwardReadsInput = true};
const OpRules kTransposedConvolutionRules{.forward = forwardTransposed, .backward = backwardTransposed, .halfBytes = transposedHalves, .usesScratch = true, .backwardReadsInput = true};
const OpRules kTableConvolutionRules{.forward = forwardTable, .backward = backwardTable, .backwardReadsInput = true};
const OpRules kDenseRules{.forward = forwardDense, .backward = backwardDense, .halfBytes = denseHalves, .usesScratch = true, .takesRelu = true, .backwardReadsInput = true};
const OpRules kRbfRules{.forward = forwardRbf, .backward = backwardRbf, .backwardReadsInput = true};

}  // namespace convolab::gpu
