// Convolutions and dense layers whose factors are rounded to 16 bits: every kernel against the reference on rounded numbers, whole
// networks within what the rounding may change, and the scaling of the loss that fp16 needs: skipped steps, the scale's rule, several
// devices, staged steps.
#include <QtTest>
#include <cmath>
#include <limits>

#include "core/backend/gpu_precision.h"
#include "core/backend/gpu_update.h"
#include "core/graph/presets.h"
#include "core/train/optimizer.h"
#include "tests/core/random_layers.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/device_op_case.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::uint32_t kBothLibraries = gpu::kMatrixLibrary | gpu::kConvolutionLibrary;
constexpr std::pair<gpu::Kernels, const char*> kEveryChoice[] = {{gpu::Kernels::Plain, "plain"}, {gpu::Kernels::SmallTiles, "small tiles"}, {gpu::Kernels::LargeTiles, "large tiles"}};

CompileModel onDevice(ConvolabGpuPrecision precision, int count = 1) {
    GpuSettings settings{.ordinals = {}, .precision = precision};
    for (int i = 0; i < count; ++i) settings.ordinals.push_back(i);
    return [settings](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(hostModule(), settings, spec, options); };
}

bool isProduct(const LayerKind& kind) {
    for (const LayerExample& example : kind.examples) {
        const LayerCase<float> made(kind, example);
        const std::int32_t op = describeGpuOp(kind, made.attributes, made.inputShapes, made.outputShape).value().op.kind;
        if (op == kGpuConvolution || op == kGpuTransposedConvolution || op == kGpuTableConvolution || op == kGpuDense) return true;
    }
    return false;
}

void roundAll(gpu::FactorType type, std::vector<float>& values) {
    for (float& value : values) value = gpu::roundedTo(type, value);
}

// Output and gradients of the layer against the reference on rounded factors; bias gradients are of the exact output gradient.
std::string disagreement(const LayerCase<float>& exact, gpu::FactorType type, gpu::Kernels kernels, std::uint32_t libraries) {
    LayerCase<float> given = exact, rounded = exact, unrounded = exact;
    unrounded.backward();
    roundAll(type, rounded.inputs[0]);
    roundAll(type, rounded.parameters[0]);
    rounded.forward();
    for (float& value : rounded.outputGradient) value = gpu::roundedTo(type, value);
    rounded.backward();
    DeviceOpCase run(given, kernels);
    run.round(type, libraries);
    run.run();
    // cuDNN's results have the factors' type.
    const double tolerance = libraries == 0 ? 2e-5 : type == gpu::FactorType::Bf16 ? 0x1p-8 : 0x1p-11;
    const auto check = [&](const char* what, const std::vector<float>& got, const std::vector<float>& expected, double limit) {
        const double error = relativeError(got, expected, 0.02);
        return error <= limit ? std::string{} : std::string(what) + " differs by " + std::to_string(error);
    };
    std::string found = check("output", run.output, rounded.output, tolerance);
    if (found.empty()) found = check("input gradient", run.inputGradients[0], rounded.inputGradients[0], tolerance);
    if (found.empty()) found = check("weight gradient", run.gradients[0], rounded.parameterGradients[0], tolerance);
    if (found.empty() && run.gradients.size() > 1) found = check("bias gradient", run.gradients[1], unrounded.parameterGradients[1], 1e-3);
    if (found.empty() && !run.workspaceIsKept()) found = "the workspace was left";
    return found;
}

void precisionRows() {
    QTest::addColumn<ConvolabGpuPrecision>("precision");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("bf16") << kGpuBf16 << 0.08;
    QTest::newRow("fp16") << kGpuFp16 << 0.01;
}

ConvolabGpuUpdate adam(std::int64_t step) { return describeGpuUpdate(parseOptimizer("adam").value(), 1e-3, 0.0, step).value(); }

std::vector<float> stateOf(const Model& model, std::size_t count) {
    std::vector<float> state(count);
    dynamic_cast<const GpuModel&>(model).readOptimizerState(state);
    return state;
}

}  // namespace

class TestMixedPrecision : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void kernelsRoundTheirFactors_data() { addKindRows(); }
    void kernelsRoundTheirFactors() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (!isProduct(kind)) QSKIP("no product");
        std::vector<LayerExample> cases = kind.examples;
        for (std::uint64_t i = 0; i < 12; ++i) cases.push_back(randomExample(kind, 500 + i));
        for (const LayerExample& example : cases) {
            const LayerCase<float> exact(kind, example);
            for (const gpu::FactorType type : {gpu::FactorType::Bf16, gpu::FactorType::Fp16}) {
                for (const auto& [kernels, name] : kEveryChoice) {
                    for (const std::uint32_t libraries : {0U, kBothLibraries}) {
                        const std::string found = disagreement(exact, type, kernels, libraries);
                        QVERIFY2(found.empty(), (describe(kind, example) + ", " + name + (libraries != 0 ? ", libraries: " : ": ") + found).c_str());
                    }
                }
            }
        }
    }

    void everyKindInANetwork_data() {
        QTest::addColumn<int>("kindIndex");
        QTest::addColumn<ConvolabGpuPrecision>("precision");
        QTest::addColumn<double>("tolerance");
        for (std::size_t k = 0; k < layerKinds().size(); ++k) {
            for (const auto& [precision, tolerance] : {std::pair{kGpuBf16, 0.08}, std::pair{kGpuFp16, 0.01}}) {
                QTest::addRow("%s %s", layerKinds()[k]->id.c_str(), precisionOf(precision).word) << static_cast<int>(k) << precision << tolerance;
            }
        }
    }
    void everyKindInANetwork() {
        QFETCH(int, kindIndex);
        QFETCH(ConvolabGpuPrecision, precision);
        QFETCH(double, tolerance);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Output) QSKIP("every network ends in one");
        for (const std::uint32_t libraries : {0U, kBothLibraries}) {
            hostDevice().libraries = libraries;
            const std::string found = kindDiffers(onDevice(precision), kind, tolerance);
            QVERIFY2(found.empty(), (found + (libraries != 0 ? ", by libraries" : "")).c_str());
        }
    }

    // Factors are rounded indeed: the same network in float32 gives other numbers.
    void roundingShows_data() { precisionRows(); }
    void roundingShows() {
        QFETCH(ConvolabGpuPrecision, precision);
        QFETCH(double, tolerance);
        for (const std::uint32_t libraries : {0U, kBothLibraries}) {
            hostDevice().libraries = libraries;
            ModelPair pair(onDevice(precision), tinyNetwork(), trainingOptions(8));
            const std::string exact = pair.stepDiffers(8, 0), near = pair.stepDiffers(8, 0, tolerance);
            QVERIFY2(!exact.empty(), "nothing was rounded");
            QVERIFY2(near.empty(), near.c_str());
            QVERIFY2(hostDevice().executor->libraryCalls > 0 || libraries == 0, "no library was called");
        }
    }

    void sameBitsTwice_data() { precisionRows(); }
    void sameBitsTwice() {
        QFETCH(ConvolabGpuPrecision, precision);
        std::vector<float> ends[2];
        for (std::vector<float>& end : ends) {
            ModelPair pair(onDevice(precision), tinyNetwork(), trainingOptions(16));
            trainedLosses(*pair.device, pair, 8);
            end = pair.device->copyWeights(8).parameters;
        }
        QVERIFY(sameBits(ends[0], ends[1]));
    }

    // Its gradients come back in their true size, whatever the scale.
    void scaleIsNotSeen() {
        ModelPair pair(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(8));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        QVERIFY(device.scalesLoss());
        const auto fresh = onDevice(kGpuFp16)(tinyNetwork(), trainingOptions(8));
        QCOMPARE(dynamic_cast<GpuModel&>(**fresh).lossScaling(), LossScaling{});
        std::vector<float> seen[2];
        for (const bool larger : {false, true}) {
            device.setLossScaling({.scale = larger ? 4096.0 : 256.0});
            device.trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
            QVERIFY(!device.skippedStep());
            seen[larger] = copyOf(device.gradients());
        }
        QVERIFY(relativeError(seen[0], seen[1]) < 1e-3);  // some were subnormal under the smaller scale
        ModelPair plain(onDevice(kGpuBf16), tinyNetwork(), trainingOptions(8));
        QVERIFY(!dynamic_cast<GpuModel&>(*plain.device).scalesLoss());
    }

    // Small gradients are lost without a scale.
    void scaleSavesSmallGradients() {
        ModelPair pair(onDevice(kGpuFp16), makePreset("conv20-conv50").value(), trainingOptions(8));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        pair.cpu->setLossTargets({.smoothing = 0.0, .classWeights = {}});
        pair.cpu->trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
        double errors[2] = {};
        for (const bool scaled : {false, true}) {
            device.setLossScaling({.scale = scaled ? 1024.0 : 0x1p-16});
            device.trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
            errors[scaled] = relativeError(device.gradients(), pair.cpu->gradients());
        }
        QVERIFY2(errors[1] < 0.01 && errors[0] > 4 * errors[1], qPrintable(QString("%1, %2").arg(errors[0]).arg(errors[1])));
    }

    // Overflow: the step leaves weights and optimizer state as they were, and the scale halves until it fits.
    void overflowSkipsAndHalves() {
        ModelPair pair(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(8));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        const std::size_t states = 2 * device.parameters().size();
        for (std::int64_t step = 0; step < 2; ++step) device.trainStep(pair.batchOf(8), pair.labelsOf(8), static_cast<std::uint64_t>(step), adam(step + 1));
        QVERIFY(!device.skippedStep());
        const double huge = 0x1p40;
        device.setLossScaling({.scale = huge, .goodSteps = 7, .skippedSteps = 3});
        const std::vector<float> weights = device.copyWeights(2).parameters, state = stateOf(device, states);
        std::int64_t skipped = 0;
        for (std::int64_t step = 2; step < 40; ++step) {
            device.trainStep(pair.batchOf(8), pair.labelsOf(8), static_cast<std::uint64_t>(step), adam(step + 1));
            if (!device.skippedStep()) break;
            ++skipped;
            QVERIFY(sameBits(device.copyWeights(step).parameters, weights) && sameBits(stateOf(device, states), state));
            QCOMPARE(device.lossScaling(), (LossScaling{.scale = huge / std::pow(2.0, static_cast<double>(skipped)), .goodSteps = 0, .skippedSteps = 3 + skipped}));
        }
        QVERIFY2(skipped > 3 && skipped < 37, qPrintable(QString::number(skipped)));
        QVERIFY(!sameBits(device.copyWeights(40).parameters, weights));
        QCOMPARE(device.lossScaling().goodSteps, 1);
    }

    // Without an update on the device the processor is told, and sees what was not finite.
    void overflowIsTold() {
        ModelPair pair(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(8));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        device.setLossScaling({.scale = 0x1p60});
        const LossResult result = device.trainStep(pair.batchOf(8), pair.labelsOf(8), 0);
        QVERIFY(device.skippedStep() && std::isfinite(result.loss));
        QVERIFY(std::ranges::any_of(device.gradients(), [](float g) { return !std::isfinite(g); }));
        device.evaluate(pair.batchOf(8), pair.labelsOf(8));
        QVERIFY(device.skippedStep());  // of the latest training step
    }

    void scaleGrowsAfterTheInterval() {
        ModelPair pair(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        device.setLossScaling({.scale = 512.0, .goodSteps = 1997});
        const LossScaling expected[] = {{512.0, 1998, 0}, {512.0, 1999, 0}, {1024.0, 0, 0}, {1024.0, 1, 0}};
        for (std::uint64_t step = 0; step < 4; ++step) {  // run, recorded, replayed
            device.trainStep(pair.batchOf(4), pair.labelsOf(4), step, adam(static_cast<std::int64_t>(step) + 1));
            QCOMPARE(device.lossScaling(), expected[step]);
        }
        QVERIFY(hostDevice().executor->replays > 0);
    }

    // Written elsewhere and read again, a training goes on bit for bit.
    void scalingMoves() {
        std::vector<float> ends[2];
        for (const bool interrupted : {false, true}) {
            auto pair = std::make_unique<ModelPair>(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(8));
            dynamic_cast<GpuModel&>(*pair->device).setLossScaling({.scale = 0x1p26, .goodSteps = 1998});
            for (std::int64_t step = 0; step < 12; ++step) {
                if (interrupted && step == 5) {
                    auto& before = dynamic_cast<GpuModel&>(*pair->device);
                    const WeightSet weights = before.copyWeights(step);
                    const std::vector<float> state = stateOf(before, 2 * weights.parameters.size());
                    const LossScaling scaling = before.lossScaling();
                    pair = std::make_unique<ModelPair>(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(8));
                    QVERIFY(pair->device->bind(weights).ok());
                    dynamic_cast<GpuModel&>(*pair->device).writeOptimizerState(state);
                    dynamic_cast<GpuModel&>(*pair->device).setLossScaling(scaling);
                }
                dynamic_cast<GpuModel&>(*pair->device).trainStep(pair->batchOf(8), pair->labelsOf(8), static_cast<std::uint64_t>(step), adam(step + 1));
            }
            QVERIFY(dynamic_cast<GpuModel&>(*pair->device).lossScaling().skippedSteps > 0);
            ends[interrupted] = pair->device->copyWeights(12).parameters;
        }
        QVERIFY(sameBits(ends[0], ends[1]));
    }

    void stagedStepsSkipAlike() {
        std::vector<float> ends[2];
        std::vector<bool> skips[2];
        for (const bool staged : {false, true}) {
            ModelPair pair(onDevice(kGpuFp16), tinyNetwork(), trainingOptions(4));
            auto& device = dynamic_cast<GpuModel&>(*pair.device);
            device.setLossScaling({.scale = 0x1p24});
            for (std::int64_t step = 0; step < 10; ++step) {
                const ConvolabGpuUpdate update = adam(step + 1);
                if (staged) {
                    device.stage(pair.batchOf(4), pair.labelsOf(4), static_cast<std::uint64_t>(step), &update);
                    device.start();
                    device.finish();
                } else {
                    device.trainStep(pair.batchOf(4), pair.labelsOf(4), static_cast<std::uint64_t>(step), update);
                }
                skips[staged].push_back(device.skippedStep());
            }
            ends[staged] = device.copyWeights(10).parameters;
        }
        QCOMPARE(skips[0], skips[1]);
        QVERIFY(skips[0].front() && !skips[0].back());
        QVERIFY(sameBits(ends[0], ends[1]));
    }

    // What one device cannot hold, none of them does: all skip, all halve, all keep the same weights.
    void severalDevicesAgree() {
        ModelPair one(onDevice(kGpuFp16), makePreset("conv20-conv50").value(), trainingOptions(6)), three(onDevice(kGpuFp16, 3), makePreset("conv20-conv50").value(), trainingOptions(6));
        auto &alone = dynamic_cast<GpuModel&>(*one.device), &group = dynamic_cast<GpuModel&>(*three.device);
        const std::vector<float> weights = group.copyWeights(0).parameters;
        // Labels and images of the last share alone overflow.
        std::fill(three.images.end() - three.cpu->inputShape().size(), three.images.end(), 3e4F);
        for (GpuModel* device : {&alone, &group}) device->setLossScaling({.scale = 0x1p14});
        group.trainStep(three.batchOf(6), three.labelsOf(6), 0, adam(1));
        QVERIFY(group.skippedStep());
        QVERIFY(sameBits(group.copyWeights(1).parameters, weights));
        QCOMPARE(group.lossScaling(), (LossScaling{.scale = 0x1p13, .goodSteps = 0, .skippedSteps = 1}));
        three.images = one.images;
        group.setLossScaling({.scale = 0x1p10});
        alone.setLossScaling({.scale = 0x1p10});
        for (std::int64_t step = 0; step < 3; ++step) {
            for (ModelPair* pair : {&one, &three}) {
                dynamic_cast<GpuModel&>(*pair->device).trainStep(pair->batchOf(6), pair->labelsOf(6), static_cast<std::uint64_t>(step), describeGpuUpdate(parseOptimizer("sgd").value(), 0.05, 0.0, step + 1).value());
            }
            QVERIFY(!group.skippedStep() && !alone.skippedStep());
        }
        const double apart = relativeError(group.copyWeights(3).parameters, alone.copyWeights(3).parameters);
        QVERIFY2(apart < 0.03, qPrintable(QString::number(apart)));
        QVERIFY(three.cpu->bind(group.copyWeights(3)).ok());
        const std::string found = three.evaluationDiffers(6, 0.01);  // every device with its own copy of the weights
        QVERIFY2(found.empty(), found.c_str());
    }

    void lossTargets() {
        ModelPair pair(onDevice(kGpuFp16), branchedNetwork(), trainingOptions(4));
        for (const LossTargets& targets : {LossTargets{.smoothing = 0.1}, LossTargets{.smoothing = 0.1, .classWeights = {0.5F, 2.0F, 1.0F}}, LossTargets{}}) {
            pair.cpu->setLossTargets(targets);
            pair.device->setLossTargets(targets);
            const std::string found = pair.stepDiffers(4, 0, 0.01);
            QVERIFY2(found.empty(), found.c_str());
        }
    }

    // The copies in 16 bits are part of the memory that is asked for.
    void copiesTakeMemory() {
        std::size_t bytes[2][2] = {};
        for (const bool library : {false, true}) {
            for (const bool half : {false, true}) {
                hostDevice().libraries = library ? kBothLibraries : 0;
                ModelPair pair(onDevice(half ? kGpuBf16 : kGpuFloat32), makePreset("conv20-conv50").value(), trainingOptions(16));
                bytes[library][half] = pair.device->arenaBytes();
            }
        }
        QCOMPARE(bytes[0][1], bytes[0][0]);
        QVERIFY(bytes[1][1] > bytes[1][0]);
    }

    // A library that does not take 16 bits: our own kernels round as well.
    void withoutLibraryItRunsOn() {
        hostDevice().libraries = kBothLibraries;
        ModelPair pair(onDevice(kGpuBf16), tinyNetwork(), trainingOptions(4));
        hostDevice().executor->failPrepare = {kGpuDriverFailed, "cudnnFindConvolutionForwardAlgorithmEx: CUDNN_STATUS_NOT_SUPPORTED"};
        const std::string found = pair.stepDiffers(4, 0, 0.08);
        QVERIFY2(found.empty(), found.c_str());
        QCOMPARE(hostDevice().executor->libraryCalls, 0);
    }

    void scalingIsOfFp16Alone() {
        for (const ConvolabGpuPrecision precision : {kGpuFloat32, kGpuBf16}) {
            ConvolabGpuSession* session = nullptr;
            ConvolabGpuFailure failure{};
            const NetworkSpec spec = tinyNetwork();
            const Analysis analysis = analyze(spec);
            const ParameterLayout layout = makeParameterLayout(spec, analysis);
            const GpuNetwork described = describeGpuNetwork(spec, analysis, layout, CompileOptions{}).value();
            const ConvolabGpuOptions options{.ordinal = 0, .maximumBatch = 2, .training = 1, .crossEntropy = 1, .precision = precision, .updateStates = 0, .imageGradient = 0, .tapCount = 0, .taps = nullptr};
            QVERIFY(hostModule().session.open(&described.network, &options, &session, &failure) != 0);
            ConvolabGpuLossScaling scaling{};
            QVERIFY(hostModule().session.readLossScaling(session, &scaling, &failure) == 0);
            QVERIFY(QString(failure.detail).contains("fp16"));
            hostModule().session.close(session);
        }
    }

    void words() {
        for (const Precision& precision : precisions()) QCOMPARE(parsePrecision(precision.word).value(), precision.value);
        const auto unknown = parsePrecision("fp61");
        QVERIFY(!unknown.ok() && unknown.error().sentence().find("did you mean \"fp16\"") != std::string::npos);
        QVERIFY(!precisionProblem(precisionOf(kGpuBf16), "T4", 8, 0) && !precisionProblem(precisionOf(kGpuBf16), "host", 0, 0));
        const auto old = precisionProblem(precisionOf(kGpuBf16), "Tesla T4", 7, 5);
        QVERIFY(old.has_value());
        QCOMPARE(old->sentence(), std::string("Tesla T4 does not compute in bf16: that needs compute capability 8.0, and it has 7.5: use float32 or fp16"));
        QVERIFY(!precisionProblem(precisionOf(kGpuFp16), "Tesla T4", 7, 5));
        QVERIFY(!precisionProblemOfCpu(precisionOf(kGpuFloat32)) && precisionProblemOfCpu(precisionOf(kGpuFp16)));
    }
};

QTEST_GUILESS_MAIN(TestMixedPrecision)
#include "tst_mixed_precision.moc"
