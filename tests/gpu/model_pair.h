// A network on the processor and on a device, and in what they differ.
#pragma once

#include <QTest>
#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "core/backend/gpu_model.h"
#include "tests/core/kind_network.h"
#include "tests/core/layer_case.h"
#include "tests/core/op_case.h"

namespace convolab::testing {

// Model::compile, or the same on a device.
using CompileModel = std::function<Result<std::unique_ptr<Model>>(const NetworkSpec& spec, const CompileOptions& options)>;

inline constexpr double kModelTolerance = 1e-4;

inline CompileModel compilerOf(const ConvolabGpuModule& module, int ordinal = 0) {
    return [&module, ordinal](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(module, ordinal, spec, options); };
}

inline CompileOptions trainingOptions(std::int64_t batch) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = true;
    options.seed = 11;
    return options;
}

inline std::vector<float> copyOf(std::span<const float> values) { return {values.begin(), values.end()}; }

// The same network on the processor (plain loops) and on a device.
struct ModelPair {
    std::unique_ptr<Model> cpu, device;
    std::vector<float> images;
    std::vector<int> labels;
    std::int64_t batch;

    ModelPair(const CompileModel& compile, const NetworkSpec& spec, CompileOptions options) : batch(options.maximumBatch) {
        options.fastestTier = Tier::Reference;
        cpu = Model::compile(spec, options).value();
        device = compile(spec, options).value();
        images = spreadValues<float>(batch * cpu->inputShape().size(), 3);
        for (std::int64_t i = 0; i < batch; ++i) labels.push_back(static_cast<int>(i % cpu->outputShape().size()));
    }
    View<const float> batchOf(std::int64_t n) const { return {images.data(), cpu->inputShape().withBatch(n)}; }
    std::span<const int> labelsOf(std::int64_t n) const { return std::span(labels).first(static_cast<std::size_t>(n)); }

    // In words, the first thing in which a training step differs.
    std::string stepDiffers(std::int64_t n, std::uint64_t step) {
        const LossResult expected = cpu->trainStep(batchOf(n), labelsOf(n), step);
        const LossResult got = device->trainStep(batchOf(n), labelsOf(n), step);
        if (std::abs(got.loss - expected.loss) > kModelTolerance * std::max(1.0, std::abs(expected.loss))) return "the loss is " + std::to_string(got.loss) + ", not " + std::to_string(expected.loss);
        if (got.correct != expected.correct || got.count != expected.count) return "other images count as correct";
        const double gradients = relativeError(copyOf(device->gradients()), copyOf(cpu->gradients()));
        if (gradients > kModelTolerance) return "gradients differ by " + std::to_string(gradients);
        const double running = relativeError(copyOf(device->statistics()), copyOf(cpu->statistics()));
        return running > kModelTolerance ? "running statistics differ by " + std::to_string(running) : std::string{};
    }

    std::string evaluationDiffers(std::int64_t n, double tolerance = kModelTolerance) {
        const LossResult expected = cpu->evaluate(batchOf(n), labelsOf(n));
        const LossResult got = device->evaluate(batchOf(n), labelsOf(n));
        if (std::abs(got.loss - expected.loss) > tolerance * std::max(1.0, std::abs(expected.loss)) || got.correct != expected.correct) return "the loss in evaluation is " + std::to_string(got.loss) + ", not " + std::to_string(expected.loss);
        const double outputs = relativeError(copyOf(device->forward(batchOf(n)).span()), copyOf(cpu->forward(batchOf(n)).span()));
        if (outputs > tolerance) return "outputs differ by " + std::to_string(outputs);
        const double scores = relativeError(copyOf(device->logits().span()), copyOf(cpu->logits().span()));
        return scores > tolerance ? "logits differ by " + std::to_string(scores) : std::string{};
    }
};

// Values that are used three times, gradients that are summed, maps that are joined, a factor per channel.
inline NetworkSpec branchedNetwork() {
    using Integers = std::vector<std::int64_t>;
    NetworkSpec spec;
    const NodeId input = append(spec, {}, "input", {{"shape", Integers{2, 6, 6}}});
    const NodeId stem = append(spec, append(spec, input, "conv2d", {{"filters", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}}), "batch_norm");
    const NodeId left = append(spec, append(spec, stem, "conv2d", {{"filters", std::int64_t{4}}, {"pads", Integers{1, 1, 1, 1}}}), "relu");
    const NodeId sum = spec.addNode("add", {});
    spec.connect({stem, 0}, {sum, 0}).value();
    spec.connect({left, 0}, {sum, 1}).value();
    const NodeId joined = spec.addNode("concat", {});
    spec.connect({sum, 0}, {joined, 0}).value();
    spec.connect({stem, 0}, {joined, 1}).value();
    const NodeId gate = append(spec, append(spec, append(spec, joined, "global_avg_pool"), "dense", {{"units", std::int64_t{8}}}), "sigmoid");
    const NodeId gated = spec.addNode("multiply", {});
    spec.connect({joined, 0}, {gated, 0}).value();
    spec.connect({gate, 0}, {gated, 1}).value();
    const NodeId flat = append(spec, append(spec, gated, "max_pool"), "flatten");
    append(spec, append(spec, append(spec, flat, "dense", {{"units", std::int64_t{3}}}), "softmax"), "output");
    return spec;
}

// Every example of a kind in a small network, three steps and an evaluation; empty if all agree.
inline std::string kindDiffers(const CompileModel& compile, const LayerKind& kind) {
    for (const LayerExample& example : kind.examples) {
        const NetworkSpec spec = networkAround(kind, example, true);
        ModelPair pair(compile, spec, trainingOptions(3));
        for (std::uint64_t step = 0; step < 3; ++step) {
            const std::string found = pair.stepDiffers(step == 1 ? 2 : 3, step);
            if (!found.empty()) return spec.name + ", step " + std::to_string(step) + ": " + found;
        }
        const std::string found = pair.evaluationDiffers(2);
        if (!found.empty()) return spec.name + ": " + found;
    }
    return {};
}

/// Rows for tests that run every kind: column kindIndex, into layerKinds().
inline void addKindRows() {
    QTest::addColumn<int>("kindIndex");
    for (std::size_t k = 0; k < layerKinds().size(); ++k) QTest::newRow(layerKinds()[k]->id.c_str()) << static_cast<int>(k);
}

}  // namespace convolab::testing
