// Runs one layer's launches in plain loops, as the CUDA kernels would run them, on the numbers of a LayerCase.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/backend/gpu_description.h"
#include "core/util/random.h"
#include "gpu/plan/mixed_precision.h"
#include "tests/core/layer_case.h"
#include "tests/core/op_case.h"

namespace convolab::testing {

struct DeviceOpCase {
    LayerCase<float>& reference;
    GpuOp op;
    const gpu::OpRules& rules;
    gpu::OpTables tables;
    gpu::StepState state{};
    gpu::OpMemory memory;
    std::vector<float> output, outputGradient;
    std::vector<std::vector<float>> inputs, inputGradients, parameters, gradients;
    std::vector<std::byte> workspace;
    std::vector<float> scratch = std::vector<float>(gpu::kSplitBytes / sizeof(float) + 16, 7.0F);
    gpu::Kernels kernels;
    gpu::FactorType factors = gpu::FactorType::Float32;
    std::uint32_t libraries = 0;
    std::vector<std::byte> halves[3];  // kept, forward, backward

    explicit DeviceOpCase(LayerCase<float>& expected, gpu::Kernels chosen = gpu::Kernels::Automatic)
        : reference(expected),
          op(describeGpuOp(expected.kind, expected.attributes, expected.inputShapes, expected.outputShape).value()),
          rules(gpu::rulesOf(op.op.kind)),
          inputs(expected.inputs),
          parameters(expected.parameters),
          kernels(chosen) {
        op.op.node = expected.nodeKey;
        op.inputs.assign(inputs.size(), 0);
        op.connect();
        tables = gpu::tablesOf(op.op);
        const auto key = randomKey(expected.seed, RandomStreamId::Dropout, expected.step);
        state = {{key[0], key[1]}, {}};
        output.assign(expected.output.size(), 1e30F);
        outputGradient = expected.outputGradient;
        // Twice what is asked for, so that a write beyond the end shows.
        const std::size_t kept = rules.workspaceBytes == nullptr ? 0 : rules.workspaceBytes(op.op, expected.batch);
        workspace.assign(2 * kept, std::byte{0x7f});
        connect();
    }

    // Factors of 16 bits, by our own kernels or as libraries get them.
    void round(gpu::FactorType type, std::uint32_t by) {
        factors = type;
        libraries = by;
        const gpu::HalfSizes sizes = rules.halfBytes == nullptr ? gpu::HalfSizes{} : rules.halfBytes(op.op, reference.batch, by);
        const std::size_t bytes[] = {sizes.kept, sizes.forward, sizes.backward};
        std::byte** places[] = {&memory.halfKept, &memory.halfForward, &memory.halfBackward};
        for (std::size_t i = 0; i < 3; ++i) {
            halves[i].assign(bytes[i] + 64, std::byte{0x7f});
            *places[i] = bytes[i] > 0 ? halves[i].data() : nullptr;
        }
    }

    void run() {
        std::vector<gpu::Launch> launches;
        const gpu::OpRun pass{op.op, memory, reference.batch, reference.training, launches, kernels, libraries, false, factors};
        if (rules.forward != nullptr) rules.forward(pass);
        if (rules.backward != nullptr) rules.backward(pass);
        gpu::runOnHost(launches);
        if (rules.aliasesInput) output = inputs[0];
        if (rules.passesGradient) inputGradients.assign(inputs.size(), outputGradient);
    }

    bool workspaceIsKept() const {
        for (std::size_t i = workspace.size() / 2; i < workspace.size(); ++i) {
            if (workspace[i] != std::byte{0x7f}) return false;
        }
        for (const std::vector<std::byte>& half : halves) {
            if (!half.empty() && !std::all_of(half.end() - 64, half.end(), [](std::byte value) { return value == std::byte{0x7f}; })) return false;
        }
        return std::all_of(scratch.end() - 16, scratch.end(), [](float value) { return value == 7.0F; });
    }

  private:
    void connect() {
        for (std::size_t k = 0; k < inputs.size(); ++k) inputGradients.emplace_back(inputs[k].size(), 1e30F);
        for (const auto& values : parameters) gradients.emplace_back(values.size(), 1e30F);
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            memory.inputs.push_back(inputs[k].data());
            memory.inputGradients.push_back(inputGradients[k].data());
        }
        memory.output = output.data();
        memory.outputGradient = outputGradient.data();
        memory.workspace = workspace.data();
        memory.table = tables.table.data();
        memory.constants = tables.constants.data();
        memory.state = &state;
        memory.scratch = scratch.data();
        std::size_t trained = 0, running = 0;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (reference.specs[i].trainable) {
                memory.parameters[trained] = parameters[i].data();
                memory.gradients[trained++] = gradients[i].data();
            } else {
                memory.statistics[running++] = parameters[i].data();
            }
        }
    }
};

// The first result that is further than `tolerance` from the reference's, in words; empty if none is.
inline std::string deviceDisagreement(const DeviceOpCase& run, const LayerCase<float>& expected, double tolerance, double least = 1e-3) {
    const auto check = [&](const std::string& what, const auto& got, const auto& wanted) {
        const double error = relativeError(got, wanted, least);
        return error <= tolerance ? std::string{} : what + " differs by " + std::to_string(error);
    };
    std::string found = check("output", run.output, expected.output);
    for (std::size_t k = 0; k < expected.inputs.size() && found.empty(); ++k) {
        found = check("gradient of input " + std::to_string(k), run.inputGradients[k], expected.inputGradients[k]);
    }
    for (std::size_t i = 0; i < expected.specs.size() && found.empty(); ++i) {
        const bool trained = expected.specs[i].trainable;
        found = trained ? check("gradient of " + expected.specs[i].name, run.gradients[i], expected.parameterGradients[i])
                        : check(expected.specs[i].name, run.parameters[i], expected.parameters[i]);
    }
    if (found.empty() && !run.workspaceIsKept()) found = "the workspace was left";
    return found;
}

}  // namespace convolab::testing
