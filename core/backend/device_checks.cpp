#include "core/backend/device_checks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>

#include "core/backend/augmentation_check.h"
#include "core/backend/device_inspection.h"
#include "core/backend/device_pair.h"
#include "core/graph/example_network.h"
#include "core/graph/presets.h"
#include "core/util/device_lost.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kSteps = 10;
/// How far numbers may lie apart.
struct Tolerances {
    double step;     ///< of one step
    double trained;  ///< after ten: rounding grows
};

Tolerances tolerancesOf(ConvolabGpuPrecision precision) {
    switch (precision) {
        case kGpuFloat32: return {DevicePair::kTolerance, 1e-3};
        case kGpuBf16: return {0.08, 0.1};
        default: return {0.01, 0.02};
    }
}

constexpr std::int64_t kTooLarge = std::int64_t{1} << 24;

bool sameBits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

std::string stepsDiffer(const CompileModel& device, const NetworkSpec& spec, std::int64_t batch, std::uint64_t steps, double tolerance) {
    auto pair = DevicePair::make(device, spec, trainingOptions(batch));
    if (!pair.ok()) return pair.error().sentence();
    for (std::uint64_t step = 0; step < steps; ++step) {
        const std::string found = pair->stepDiffers(step == 2 ? batch - 1 : batch, step, tolerance);  // a smaller batch in between
        if (!found.empty()) return "step " + std::to_string(step) + ": " + found;
    }
    return pair->evaluationDiffers(batch - 1, tolerance);
}

std::string tenSteps(const CompileModel& device, double tolerance) {
    auto pair = DevicePair::make(device, smallNetworkWithState(), trainingOptions(16));
    if (!pair.ok()) return pair.error().sentence();
    const std::vector<double> expected = trainedLosses(*pair->cpu, *pair, kSteps), got = trainedLosses(*pair->device, *pair, kSteps);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (std::abs(got[i] - expected[i]) <= tolerance * std::max(1.0, expected[i])) continue;
        return "the loss of step " + std::to_string(i + 1) + " is " + formatNumber(got[i], 5) + ", not " + formatNumber(expected[i], 5);
    }
    return pair->evaluationDiffers(16, tolerance);
}

std::string sameBitsTwice(const CompileModel& device) {
    std::vector<WeightSet> ends;
    for (int run = 0; run < 2; ++run) {
        auto pair = DevicePair::make(device, smallNetworkWithState(), trainingOptions(16));
        if (!pair.ok()) return pair.error().sentence();
        trainedLosses(*pair->device, *pair, kSteps);
        ends.push_back(pair->device->copyWeights(kSteps));
    }
    const bool same = sameBits(ends[0].parameters, ends[1].parameters) && sameBits(ends[0].statistics, ends[1].statistics);
    return same ? std::string{} : "two runs with the same seed end with other weights";
}

std::string weightsMove(const CompileModel& device, double tolerance) {
    auto pair = DevicePair::make(device, smallNetworkWithState(), trainingOptions(8));
    if (!pair.ok()) return pair.error().sentence();
    trainedLosses(*pair->cpu, *pair, 4);
    const WeightSet there = pair->cpu->copyWeights(4);
    if (const Status bound = pair->device->bind(there); !bound.ok()) return bound.error().sentence();
    if (const std::string found = pair->evaluationDiffers(8, tolerance); !found.empty()) return found;
    const WeightSet back = pair->device->copyWeights(4);
    const bool same = sameBits(there.parameters, back.parameters) && sameBits(there.statistics, back.statistics);
    return same ? std::string{} : "the weights come back changed";
}

std::string outOfMemory(const CompileModel& device) {
    const auto refused = device(makePreset("conv20-conv50").value(), trainingOptions(kTooLarge));
    if (refused.ok()) return "batches of " + withThousands(kTooLarge) + " images seem to fit";
    if (refused.error().code != ErrorCode::OutOfMemory) return "another answer than that the memory is too small: " + refused.error().sentence();
    const bool says = refused.error().sentence().find("are free") != std::string::npos;
    return says ? std::string{} : "the answer does not say what is free: " + refused.error().sentence();
}

}  // namespace

std::vector<DeviceCheck> deviceChecks(ConvolabGpuPrecision precision) {
    const Tolerances within = tolerancesOf(precision);
    std::vector<DeviceCheck> checks;
    for (const LayerKind* kind : layerKinds()) {
        if (kind->group == LayerGroup::Output) continue;  // every network ends in one
        checks.push_back({kind->id, "forward and gradients against the reference", [kind, within](const CompileModel& device) { return kindDiffers(device, *kind, within.step); }});
    }
    for (const LayerKind* kind : layerKinds()) {
        if (kind->group == LayerGroup::Output) continue;
        checks.push_back({kind->id + ", gradients of images", "outputs of layers, gradients of images and layers against the reference",
                          [kind](const CompileModel& device) { return kindInspectionDiffers(device, *kind); }});
    }
    checks.push_back({"branches", "sums, joined maps and factors per channel against the reference",
                      [within](const CompileModel& device) { return stepsDiffer(device, branchedNetwork(), 5, 4, within.step); }});
    checks.push_back({"network", "a built-in network against the reference",
                      [within](const CompileModel& device) { return stepsDiffer(device, makePreset("conv20-conv50").value(), 8, 3, within.step); }});
    if (precision == kGpuFloat32 || precision == kGpuTf32) {
        checks.push_back({"gradient of images", "left by training steps, against the reference",
                          [within](const CompileModel& device) { return trainedImageGradientDiffers(device, smallNetworkWithState(), within.step); }});
    }
    checks.push_back({"attack", "a random start and steps along the gradient against the reference", attackDiffers});
    checks.push_back({"ten steps", "losses of ten steps against the CPU", [within](const CompileModel& device) { return tenSteps(device, within.trained); }});
    checks.push_back({"same bits", "two runs with one seed end alike, bit for bit", sameBitsTwice});
    checks.push_back({"augmentation", "batches of images kept on the device, augmented there, against the CPU's", augmentationDiffers});
    checks.push_back({"weights", "go to the device and come back unchanged", [within](const CompileModel& device) { return weightsMove(device, within.step); }});
    checks.push_back({"out of memory", "a batch too large is refused with what is free", outOfMemory});
    return checks;
}

std::string runDeviceCheck(const DeviceCheck& check, const CompileModel& device) {
    try {
        return check.run(device);
    } catch (const DeviceLost& lost) {
        return lost.error.sentence();
    } catch (const std::exception& failure) {
        return failure.what();
    }
}

}  // namespace convolab
