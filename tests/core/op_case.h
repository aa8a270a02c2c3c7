// Runs one op outside a model on the numbers of a LayerCase, which holds the reference's answers.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/cpu/op.h"
#include "tests/core/layer_case.h"

namespace convolab::testing {

inline std::size_t batchFloats(const Shape& shape, std::int64_t n, int block) {
    return static_cast<std::size_t>(paddedImages(n, block)) * floatsPerImage(shape, block);
}

// Dense values in the layout of `block` and back.
inline std::vector<float> relaid(const std::vector<float>& values, const Shape& shape, std::int64_t n, int from, int to) {
    if (from == to) return values;
    const auto op = makeReorderOp(shape, from, to);
    std::vector<float> result(batchFloats(shape, n, to), 1e30F);
    op->inputs = {values.data()};
    op->output = result.data();
    op->forward({.n = n, .training = true, .backward = false, .seed = 0, .step = 0});
    return result;
}

using convolab::relativeError;

struct OpCase {
    LayerCase<float>& reference;  // its batch is the n that runs
    OpRequest request;
    std::unique_ptr<Op> op;
    Scratch scratch;
    std::vector<std::vector<float>> inputs, inputGradients, parameters, parameterGradients;
    std::vector<float> output, outputGradient, workspace;

    OpCase(LayerCase<float>& expected, Tier fastest, int offeredBlock, std::int64_t maximumBatch) : reference(expected) {
        request.kind = &expected.kind;
        request.attributes = expected.attributes;
        request.node = {static_cast<std::int32_t>(expected.nodeKey)};
        request.inputs = expected.inputShapes;
        request.output = expected.outputShape;
        request.maximumBatch = maximumBatch;
        request.training = expected.training;
        request.backward = true;
        request.fastest = fastest;
        for (const Shape& shape : request.inputs) {
            request.offeredBlocks.push_back(shape.isImage() && expected.kind.id != "input" ? offeredBlock : 1);
            request.wantInputGradient.push_back(true);
        }
    }

    void prepare() {
        op = makeOp(request);
        const std::int64_t n = reference.batch;
        const std::int64_t room = request.maximumBatch;
        for (std::size_t k = 0; k < request.inputs.size(); ++k) {
            inputs.push_back(relaid(reference.inputs[k], request.inputs[k], n, 1, op->inputBlocks[k]));
            inputs.back().resize(batchFloats(request.inputs[k], room, op->inputBlocks[k]));
            inputGradients.emplace_back(inputs.back().size(), 1e30F);
        }
        output.resize(batchFloats(request.output, room, op->outputBlock), 1e30F);
        outputGradient = relaid(reference.outputGradient, request.output, n, 1, op->outputBlock);
        outputGradient.resize(output.size());
        workspace.resize(op->workspaceFloats);
        scratch.require(op->scratchFloats);
        parameters = reference.parameters;
        for (const auto& values : parameters) parameterGradients.emplace_back(values.size(), 1e30F);
        connect();
        op->bindWeights();
        op->prepare(n);
    }

    void run() {
        const StepContext context{reference.batch, reference.training, true, reference.seed, reference.step};
        op->forward(context);
        op->backward(context);
    }

    std::vector<float> dense(const std::vector<float>& values, const Shape& shape, int block) const {
        std::vector<float> used(values.begin(),
                                values.begin() + static_cast<std::ptrdiff_t>(batchFloats(shape, reference.batch, block)));
        return relaid(used, shape, reference.batch, block, 1);
    }
    std::vector<float> denseOutput() const {
        return dense(op->aliasesInput ? inputs[0] : output, request.output, op->outputBlock);
    }
    std::vector<float> denseInputGradient(std::size_t k) const {
        return dense(op->passesGradient ? outputGradient : inputGradients[k], request.inputs[k], op->inputBlocks[k]);
    }

    // Whether the lanes beyond the channels of a blocked output and of blocked gradients are 0.
    bool spareLanesAreZero() const {
        bool clean = op->aliasesInput || spareLanesAreZero(output, request.output, op->outputBlock);
        for (std::size_t k = 0; k < inputs.size() && !op->passesGradient; ++k) {
            if (!request.wantInputGradient[k]) continue;
            clean = clean && spareLanesAreZero(inputGradients[k], request.inputs[k], op->inputBlocks[k]);
        }
        return clean;
    }

  private:
    bool spareLanesAreZero(const std::vector<float>& values, const Shape& shape, int block) const {
        const std::int64_t pixels = shape.height() * shape.width();
        const std::int64_t blocks = paddedChannels(shape.channels(), block) / block;
        const std::int64_t used = shape.channels() - (blocks - 1) * block;
        for (std::int64_t image = 0; image < reference.batch; ++image) {
            const float* last = values.data() + (image + 1) * blocks * block * pixels - block * pixels;
            for (std::int64_t i = 0; i < block * pixels; ++i) {
                if (i % block >= used && last[i] != 0.0F) return false;
            }
        }
        return true;
    }

    void connect() {
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            op->inputs.push_back(inputs[k].data());
            op->inputGradients.push_back(request.wantInputGradient[k] ? inputGradients[k].data() : nullptr);
        }
        op->output = op->aliasesInput ? inputs[0].data() : output.data();
        op->outputGradient = outputGradient.data();
        op->workspace = workspace.data();
        op->scratch = &scratch;
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            const ParameterSpec& spec = reference.specs[i];
            float* gradient = spec.trainable && request.training ? parameterGradients[i].data() : nullptr;
            op->parameters.push_back({parameters[i].data(), gradient, spec.shape});
        }
    }
};

// The first result of `run` that is further than `tolerance` from the reference's, in words; empty if none is. In
// evaluation the weights are constants and have no gradients.
inline std::string disagreement(const OpCase& run, const LayerCase<float>& expected, double tolerance, double least = 1e-3) {
    const auto apart = [&](const auto& got, const auto& wanted) { return relativeError(got, wanted, least); };
    const auto check = [&](const std::string& what, double error) {
        return error <= tolerance ? std::string{} : what + " differs by " + std::to_string(error);
    };
    std::string found = check("output", apart(run.denseOutput(), expected.output));
    for (std::size_t k = 0; k < expected.inputs.size() && found.empty(); ++k) {
        if (!run.request.wantInputGradient[k]) continue;
        found = check("gradient of input " + std::to_string(k), apart(run.denseInputGradient(k), expected.inputGradients[k]));
    }
    for (std::size_t i = 0; i < expected.specs.size() && found.empty() && expected.training; ++i) {
        const bool trained = expected.specs[i].trainable;
        found = check(expected.specs[i].name, trained ? apart(run.parameterGradients[i], expected.parameterGradients[i])
                                                      : apart(run.parameters[i], expected.parameters[i]));
    }
    return found;
}

}  // namespace convolab::testing
