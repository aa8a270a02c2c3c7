#include "core/backend/device_pair.h"

#include <algorithm>
#include <cmath>

#include "core/graph/example_network.h"
#include "core/train/loss_scaling.h"
#include "core/train/optimizer.h"
#include "core/util/spread_values.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::string number(double value) { return formatNumber(value, 4); }

bool lossDiffers(double got, double expected, double tolerance) {
    return !(std::abs(got - expected) <= tolerance * std::max(1.0, std::abs(expected)));
}

}  // namespace

CompileOptions trainingOptions(std::int64_t batch) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = true;
    options.seed = 11;
    return options;
}

Result<DevicePair> DevicePair::make(const CompileModel& device, const NetworkSpec& spec, CompileOptions options) {
    DevicePair pair;
    options.fastestTier = Tier::Reference;
    CONVOLAB_ASSIGN(pair.cpu, Model::compile(spec, options));
    CONVOLAB_ASSIGN(pair.device, device(spec, options));
    // Small networks have large gradients: the first scale of fp16 would make some of them infinite, and the step be skipped.
    if (auto* scales = dynamic_cast<ScalesLoss*>(pair.device.get()); scales != nullptr && scales->scalesLoss()) scales->setLossScaling({.scale = 128.0});
    pair.batch = options.maximumBatch;
    pair.images = spreadValues<float>(pair.batch * pair.cpu->inputShape().size(), 3);
    for (std::int64_t i = 0; i < pair.batch; ++i) pair.labels.push_back(static_cast<int>(i % pair.cpu->outputShape().size()));
    return pair;
}

std::string DevicePair::stepDiffers(std::int64_t n, std::uint64_t step, double tolerance) {
    const LossResult expected = cpu->trainStep(batchOf(n), labelsOf(n), step);
    const LossResult got = device->trainStep(batchOf(n), labelsOf(n), step);
    if (lossDiffers(got.loss, expected.loss, tolerance)) return "the loss is " + number(got.loss) + ", not " + number(expected.loss);
    if ((got.correct != expected.correct && tolerance <= kTolerance) || got.count != expected.count) return "other images count as correct";
    const double gradients = relativeError(device->gradients(), cpu->gradients());
    if (!(gradients <= tolerance)) return "gradients differ by " + number(gradients);
    const double running = relativeError(device->statistics(), cpu->statistics());
    return running <= tolerance ? std::string{} : "running statistics differ by " + number(running);
}

std::string DevicePair::evaluationDiffers(std::int64_t n, double tolerance) {
    const LossResult expected = cpu->evaluate(batchOf(n), labelsOf(n));
    const LossResult got = device->evaluate(batchOf(n), labelsOf(n));
    if (lossDiffers(got.loss, expected.loss, tolerance) || (got.correct != expected.correct && tolerance <= 1e-3)) {
        return "the loss in evaluation is " + number(got.loss) + ", not " + number(expected.loss);
    }
    const double outputs = relativeError(device->forward(batchOf(n)).span(), cpu->forward(batchOf(n)).span());
    if (!(outputs <= tolerance)) return "outputs differ by " + number(outputs);
    const double scores = relativeError(device->logits().span(), cpu->logits().span());
    return scores <= tolerance ? std::string{} : "logits differ by " + number(scores);
}

std::string kindDiffers(const CompileModel& device, const LayerKind& kind, double tolerance) {
    for (const LayerExample& example : kind.examples) {
        const NetworkSpec spec = networkAround(kind, example, true);
        auto pair = DevicePair::make(device, spec, trainingOptions(3));
        if (!pair.ok()) return spec.name + ": " + pair.error().sentence();
        for (std::uint64_t step = 0; step < 3; ++step) {
            const std::string found = pair->stepDiffers(step == 1 ? 2 : 3, step, tolerance);
            if (!found.empty()) return spec.name + ", step " + std::to_string(step) + ": " + found;
        }
        const std::string found = pair->evaluationDiffers(2, tolerance);
        if (!found.empty()) return spec.name + ": " + found;
    }
    return {};
}

std::vector<double> trainedLosses(Model& model, const DevicePair& pair, std::int64_t steps) {
    const OptimizerSpec spec = parseOptimizer("sgd").value();
    const Optimizer& optimizer = *findOptimizer(spec.kind);
    std::vector<float> state(optimizer.stateSize(spec, model.layout()->parameterCount));
    std::vector<double> losses;
    for (std::int64_t step = 0; step < steps; ++step) {
        losses.push_back(model.trainStep(pair.batchOf(pair.batch), pair.labelsOf(pair.batch), static_cast<std::uint64_t>(step)).loss);
        optimizer.update(spec, {.parameters = model.parameters(), .gradients = model.gradients(), .state = state, .rate = 0.02, .weightDecay = 1e-4, .step = step + 1});
    }
    return losses;
}

}  // namespace convolab
