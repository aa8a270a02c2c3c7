#include "gpu/plan/mixed_precision.h"

#include <algorithm>

#include "gpu/plan/arena.h"

namespace convolab::gpu {

namespace {

std::size_t bytesOf(Index values) { return alignedSize(sizeof(std::uint16_t) * static_cast<std::size_t>(values)); }

std::uint16_t* at(std::byte* memory, std::size_t offset) { return reinterpret_cast<std::uint16_t*>(memory + offset); }

void round(const OpRun& run, const float* from, std::uint16_t* to, Index count) { run.add(RoundTo16{from, to, run.factors}, count); }

}  // namespace

HalfSizes halfSizes(const ConvolabGpuOp& op, Index n, bool result) {
    const Index input = n * sizeOf(op.inputShapes[0]), output = n * sizeOf(op.output), weights = op.parameterSizes[0];
    return {.kept = bytesOf(weights) + bytesOf(input),
            .forward = result ? bytesOf(output) : 0,
            .backward = bytesOf(output) + (result ? bytesOf(std::max(input, weights)) : 0)};
}

Operands Operands::forward(const OpRun& run, bool copies) {
    Operands made;
    made.input = {run.at.inputs[0]};
    made.weights = {run.at.parameters[0]};
    if (!copies) return made;
    const Index input = run.n * sizeOf(run.op.inputShapes[0]), weights = run.op.parameterSizes[0];
    std::uint16_t *roundedWeights = at(run.at.halfKept, 0), *roundedInput = at(run.at.halfKept, bytesOf(weights));
    round(run, run.at.parameters[0], roundedWeights, weights);
    round(run, run.at.inputs[0], roundedInput, input);
    made.weights.rounded = roundedWeights;
    made.input.rounded = roundedInput;
    made.result = at(run.at.halfForward, 0);
    return made;
}

Operands Operands::backward(const OpRun& run, bool copies) {
    Operands made;
    made.input = {run.at.inputs[0]};
    made.weights = {run.at.parameters[0]};
    made.gradient = {run.at.outputGradient};
    if (!copies) return made;
    const Index output = run.n * sizeOf(run.op.output);
    std::uint16_t* rounded = at(run.at.halfBackward, 0);
    round(run, run.at.outputGradient, rounded, output);
    made.weights.rounded = at(run.at.halfKept, 0);
    made.input.rounded = at(run.at.halfKept, bytesOf(run.op.parameterSizes[0]));
    made.gradient.rounded = rounded;
    made.result = at(run.at.halfBackward, bytesOf(output));
    return made;
}

}  // namespace convolab::gpu
