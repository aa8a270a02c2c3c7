// Inference in integers, and values that only look as if: rounded onto a grid and back.
#include <algorithm>

#include "gpu/plan/products.h"
#include "gpu/plan/shapes.h"

namespace convolab::gpu {

namespace {

Index outputs(const OpRun& run) { return run.n * sizeOf(run.op.output); }

const std::int8_t* input(const OpRun& run, std::size_t k = 0) { return reinterpret_cast<const std::int8_t*>(run.at.inputs[k]); }
std::int8_t* output(const OpRun& run) { return reinterpret_cast<std::int8_t*>(run.at.output); }

Int8Grid gridOf(const ConvolabGpuOp& op) {
    return {op.grid.slope, static_cast<float>(op.grid.low - op.grid.zero), static_cast<float>(op.grid.high - op.grid.zero), op.grid.zero};
}

std::size_t oneByte(const ConvolabGpuOp&) { return 1; }
std::size_t bytesOfSums(const ConvolabGpuOp& op) { return op.floatOutput != 0 ? sizeof(float) : 1; }

void quantize(const OpRun& run) { run.add(Quantize{mapsOf(run.op.output), run.at.inputs[0], run.op.grid.scale, gridOf(run.op), output(run)}, outputs(run)); }

void dequantize(const OpRun& run) {
    run.add(Dequantize{mapsOf(run.op.output), input(run), run.op.grid.scale, run.op.grid.zero, run.at.output}, outputs(run));
}

// Always by our own kernels: cuBLASLt multiplies int8 only where filters and depth are multiples of 4, and leaves the sums in memory, four
// bytes each, for another kernel to bring onto the grid.
void convolution(const OpRun& run) {
    const bool reals = run.op.floatOutput != 0;
    const ConvolutionShape s = convolutionShapeOf(run.op);
    const Index filters = s.out.channels, each = run.op.byteCount / filters;
    const Int8Result result{gridOf(run.op), run.at.constants, reals ? nullptr : output(run), reals ? run.at.output : nullptr};
    const Int8Convolution plain{s, input(run), run.at.bytes, each, run.at.table, run.op.inputZero, result};
    const Index largest = std::max({run.n * s.in.image(), run.n * s.out.image(), run.op.byteCount});
    ProductChoice choice = chooseProduct(run.kernels, s.filtersPerGroup(), run.n * s.out.plane(), each / 4, s.groups, largest);
    if (!choice.tiled) return run.add(plain, outputs(run));
    std::swap(choice.rowTiles, choice.columnTiles);  // filters are columns here: neighbours in memory
    const std::int32_t* offsets = run.at.table + filters;
    if (s.in.channels % 4 == 0 && s.depth() % 4 == 0) addTiled(run, choice, Int8Product<true>(plain, offsets, run.n));
    else addTiled(run, choice, Int8Product<false>(plain, offsets, run.n));
}

void maxPool(const OpRun& run) { run.add(Int8MaxPool{poolShapeOf(run.op), mapsOf(run.op.output), input(run), output(run)}, outputs(run)); }

void averagePool(const OpRun& run) {
    run.add(Int8AveragePool{poolShapeOf(run.op), mapsOf(run.op.output), run.op.countPadding != 0, run.op.inputZero, run.at.constants, input(run), gridOf(run.op), output(run)},
            outputs(run));
}

void add(const OpRun& run) {
    Int8Add sum{.x = {}, .zeros = run.at.table, .multipliers = run.at.constants, .count = run.op.inputCount, .grid = gridOf(run.op), .y = output(run)};
    for (std::size_t k = 0; k < run.at.inputs.size(); ++k) sum.x[k] = input(run, k);
    run.add(sum, outputs(run));
}

void lookup(const OpRun& run) { run.add(Int8Lookup{run.at.bytes, input(run), run.op.byteCount / 256, output(run)}, outputs(run)); }

void concat(const OpRun& run) {
    Index first = 0;
    for (std::size_t k = 0; k < run.at.inputs.size(); ++k) {
        const ConvolabGpuShape& shape = run.op.inputShapes[k];
        run.add(Int8Concat{run.at.bytes + 256 * k, input(run, k), first, shape.channels, run.op.output.channels, output(run)}, run.n * sizeOf(shape));
        first += shape.channels;
    }
}

void flatten(const OpRun& run) { run.add(Int8Flatten{mapsOf(run.op.inputShapes[0]), input(run), output(run)}, outputs(run)); }

RoundGrid roundGridOf(const ConvolabGpuOp& op) {
    return {op.grid.scale, static_cast<float>(op.grid.low - op.grid.zero), static_cast<float>(op.grid.high - op.grid.zero)};
}

void forwardRound(const OpRun& run) { run.add(Round{roundGridOf(run.op), run.at.inputs[0], run.at.output}, outputs(run)); }

void backwardRound(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(RoundGradient{roundGridOf(run.op), run.at.inputs[0], run.at.outputGradient, run.at.inputGradients[0]}, outputs(run));
}

}  // namespace

OpTables int8ConvolutionTables(const ConvolabGpuOp& op) {
    OpTables tables{{op.table, op.table + op.tableCount}, {op.constants, op.constants + op.constantCount}, {op.bytes, op.bytes + op.byteCount}};
    const Index each = op.byteCount / op.tableCount;
    for (Index filter = 0; filter < op.tableCount; ++filter) {
        auto offset = static_cast<std::uint32_t>(op.table[filter]);
        for (Index k = 0; k < each; ++k) offset -= static_cast<std::uint32_t>(op.inputZero * op.bytes[filter * each + k]);
        tables.table.push_back(static_cast<std::int32_t>(offset));
    }
    return tables;
}

const OpRules kRoundRules{.forward = forwardRound, .backward = backwardRound, .backwardReadsInput = true};
const OpRules kQuantizeRules{.forward = quantize, .valueBytes = oneByte};
const OpRules kDequantizeRules{.forward = dequantize};
const OpRules kInt8ConvolutionRules{.forward = convolution, .valueBytes = bytesOfSums, .usesScratch = true};
const OpRules kInt8MaxPoolRules{.forward = maxPool, .valueBytes = oneByte};
const OpRules kInt8AveragePoolRules{.forward = averagePool, .valueBytes = oneByte};
const OpRules kInt8AddRules{.forward = add, .valueBytes = oneByte, .mostInputs = Int8Add::kMost};
const OpRules kInt8LookupRules{.forward = lookup, .valueBytes = oneByte};
const OpRules kInt8ConcatRules{.forward = concat, .valueBytes = oneByte};
const OpRules kInt8FlattenRules{.forward = flatten, .valueBytes = oneByte};

}  // namespace convolab::gpu
