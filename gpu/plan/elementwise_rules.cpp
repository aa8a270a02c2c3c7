// What is done to values one by one: activations, softmax, and kinds that bring values to other places.
#include "gpu/plan/products.h"

namespace convolab::gpu {

namespace {

Index outputs(const OpRun& run) { return run.n * sizeOf(run.op.output); }

template <class Function>
void activate(const OpRun& run, bool backward, const Function& f) {
    if (!backward) {
        run.add(Activate<Function>{run.at.inputs[0], run.at.output, f}, outputs(run));
    } else if (run.at.inputGradients[0] != nullptr) {
        run.add(ActivateGradient<Function>{run.at.inputs[0], run.at.outputGradient, run.at.inputGradients[0], f}, outputs(run));
    }
}

void activation(const OpRun& run, bool backward) {
    const float* values = run.op.values;
    switch (run.op.function) {
        case kGpuRelu: return activate(run, backward, Relu{});
        case kGpuLeakyRelu: return activate(run, backward, LeakyRelu{values[0]});
        case kGpuRelu6: return activate(run, backward, Relu6{});
        case kGpuElu: return activate(run, backward, Elu{values[0]});
        case kGpuGelu: return activate(run, backward, Gelu{});
        case kGpuGeluByTanh: return activate(run, backward, GeluByTanh{});
        case kGpuSilu: return activate(run, backward, Silu{});
        case kGpuSoftplus: return activate(run, backward, Softplus{values[0], values[1]});
        case kGpuSigmoid: return activate(run, backward, Sigmoid{});
        case kGpuHardSigmoid: return activate(run, backward, HardSigmoid{});
        case kGpuHardSwish: return activate(run, backward, HardSwish{});
        case kGpuTanh: return activate(run, backward, Tanh{});
        default: return activate(run, backward, Step{values[0]});
    }
}

void forwardActivation(const OpRun& run) { activation(run, false); }
void backwardActivation(const OpRun& run) { activation(run, true); }

void forwardPrelu(const OpRun& run) {
    run.add(Prelu{run.at.inputs[0], run.at.parameters[0], run.at.output, run.op.parameterSizes[0], planeOf(run.op.output)}, outputs(run));
}

void backwardPrelu(const OpRun& run) {
    const Index slopes = run.op.parameterSizes[0], plane = planeOf(run.op.output);
    const PreluSlopeGradient gradient{run.at.inputs[0], run.at.outputGradient, run.at.gradients[0], slopes, plane, outputs(run)};
    if (run.at.gradients[0] != nullptr) addSum<PreluSlopeGradientTerms>(run, gradient, outputs(run) / slopes, slopes);
    if (run.at.inputGradients[0] == nullptr) return;
    run.add(PreluGradient{run.at.inputs[0], run.at.outputGradient, run.at.parameters[0], run.at.inputGradients[0], slopes, plane}, outputs(run));
}

template <class Body, class Classes>
void forwardSoftmax(const OpRun& run) {
    addClasses<Classes>(run.kernels, Body{run.at.inputs[0], run.at.output, sizeOf(run.op.output)}, run.n, run.launches);
}

template <class Body, class Classes>
void backwardSoftmax(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    addClasses<Classes>(run.kernels, Body{run.at.output, run.at.outputGradient, run.at.inputGradients[0], sizeOf(run.op.output)}, run.n, run.launches);
}

void forwardInput(const OpRun& run) {
    const Index channels = run.op.output.channels;
    run.add(NormaliseInput{run.at.inputs[0], run.at.constants, run.at.constants + channels, run.at.output, channels, planeOf(run.op.output)}, outputs(run));
}

void backwardInput(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    const Index channels = run.op.output.channels;
    run.add(NormaliseInputGradient{run.at.outputGradient, run.at.constants + channels, run.at.inputGradients[0], channels, planeOf(run.op.output)}, outputs(run));
}

void dropout(const OpRun& run, const float* from, float* to) {
    const double rate = run.op.rate;
    if (!run.training) return run.add(Copy{from, to}, outputs(run));
    run.add(Dropout{run.at.state, run.op.node, static_cast<std::uint32_t>(rate * 16777216.0), static_cast<float>(1.0 / (1.0 - rate)), from, to}, outputs(run));
}

void forwardDropout(const OpRun& run) { dropout(run, run.at.inputs[0], run.at.output); }

void backwardDropout(const OpRun& run) {
    if (run.at.inputGradients[0] != nullptr) dropout(run, run.at.outputGradient, run.at.inputGradients[0]);
}

void forwardAdd(const OpRun& run) {
    const auto& inputs = run.at.inputs;
    if (inputs.size() == 1) return run.add(Copy{inputs[0], run.at.output}, outputs(run));
    run.add(Add{inputs[0], inputs[1], run.at.output}, outputs(run));
    for (std::size_t k = 2; k < inputs.size(); ++k) run.add(Add{run.at.output, inputs[k], run.at.output}, outputs(run));
}

Factors factorsOf(const OpRun& run) {
    Factors factors{};
    factors.count = run.op.inputCount;
    for (std::int32_t k = 0; k < run.op.inputCount; ++k) {
        factors.values[k] = run.at.inputs[static_cast<std::size_t>(k)];
        factors.repeat[k] = sizeOf(run.op.output) / sizeOf(run.op.inputShapes[k]);
    }
    return factors;
}

void forwardMultiply(const OpRun& run) { run.add(Multiply{factorsOf(run), run.at.output}, outputs(run)); }

void backwardMultiply(const OpRun& run) {
    for (std::int32_t k = 0; k < run.op.inputCount; ++k) {
        float* dx = run.at.inputGradients[static_cast<std::size_t>(k)];
        if (dx != nullptr) run.add(MultiplyGradient{factorsOf(run), k, run.at.outputGradient, dx}, run.n * sizeOf(run.op.inputShapes[k]));
    }
}

template <class Visit>
void visitPieces(const OpRun& run, Visit&& visit) {
    Piece piece{0, sizeOf(run.op.output), 0};
    for (std::size_t k = 0; k < run.at.inputs.size(); ++k) {
        piece.each = sizeOf(run.op.inputShapes[k]);
        visit(k, piece);
        piece.first += piece.each;
    }
}

void forwardConcat(const OpRun& run) {
    visitPieces(run, [&](std::size_t k, const Piece& piece) { run.add(Concat{piece, run.at.inputs[k], run.at.output}, run.n * piece.each); });
}

void backwardConcat(const OpRun& run) {
    visitPieces(run, [&](std::size_t k, const Piece& piece) {
        float* dx = run.at.inputGradients[k];
        if (dx != nullptr) run.add(ConcatGradient{piece, run.at.outputGradient, dx}, run.n * piece.each);
    });
}

// In the device's memory: where each output's entries begin, their inputs, and the same turned around.
void forwardMix(const OpRun& run) {
    const Index each = sizeOf(run.op.output), inputs = sizeOf(run.op.inputShapes[0]);
    const std::int32_t* start = run.at.table;
    run.add(Mix{start, start + each + 1, run.at.constants, run.at.inputs[0], run.at.output, each, inputs, run.op.values[0]}, run.n * each);
}

void backwardMix(const OpRun& run) {
    if (run.at.inputGradients[0] == nullptr) return;
    const Index each = sizeOf(run.op.output), inputs = sizeOf(run.op.inputShapes[0]), entries = run.op.constantCount;
    const std::int32_t* start = run.at.table + each + 1 + entries;
    run.add(Mix{start, start + inputs + 1, run.at.constants + entries, run.at.outputGradient, run.at.inputGradients[0], inputs, each, 0.0F}, run.n * inputs);
}

}  // namespace

OpTables mixTables(const ConvolabGpuOp& op) {
    const Index each = sizeOf(op.output), inputs = sizeOf(op.inputShapes[0]), entries = op.constantCount;
    const std::int32_t* from = op.table + each + 1;
    OpTables tables{{op.table, op.table + op.tableCount}, {op.constants, op.constants + entries}};
    std::vector<std::int32_t> start(static_cast<std::size_t>(inputs + 1)), turned(static_cast<std::size_t>(entries));
    std::vector<float> weights(static_cast<std::size_t>(entries));
    for (Index e = 0; e < entries; ++e) ++start[static_cast<std::size_t>(from[e]) + 1];
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    std::vector<std::int32_t> next = start;
    for (Index i = 0; i < each; ++i) {
        for (std::int32_t e = op.table[i]; e < op.table[i + 1]; ++e) {
            const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(from[e])]++);
            turned[place] = static_cast<std::int32_t>(i);
            weights[place] = op.constants[e];
        }
    }
    tables.table.insert(tables.table.end(), start.begin(), start.end());
    tables.table.insert(tables.table.end(), turned.begin(), turned.end());
    tables.constants.insert(tables.constants.end(), weights.begin(), weights.end());
    return tables;
}

const OpRules kInputRules{.forward = forwardInput, .backward = backwardInput};
const OpRules kActivationRules{.forward = forwardActivation, .backward = backwardActivation, .backwardReadsInput = true};
const OpRules kPreluRules{.forward = forwardPrelu, .backward = backwardPrelu, .backwardReadsInput = true};
const OpRules kSoftmaxRules{.forward = forwardSoftmax<Softmax, SoftmaxClasses>, .backward = backwardSoftmax<SoftmaxGradient, SoftmaxGradientClasses>,
                            .backwardReadsOutput = true};
const OpRules kLogSoftmaxRules{.forward = forwardSoftmax<LogSoftmax, LogSoftmaxClasses>, .backward = backwardSoftmax<LogSoftmaxGradient, LogSoftmaxGradientClasses>,
                               .backwardReadsOutput = true};
const OpRules kDropoutRules{.forward = forwardDropout, .backward = backwardDropout};
const OpRules kMixRules{.forward = forwardMix, .backward = backwardMix};
const OpRules kAddRules{.forward = forwardAdd, .passesGradient = true};
const OpRules kMultiplyRules{.forward = forwardMultiply, .backward = backwardMultiply, .backwardReadsInput = true, .mostInputs = Factors::kMost};
const OpRules kConcatRules{.forward = forwardConcat, .backward = backwardConcat};

}  // namespace convolab::gpu
