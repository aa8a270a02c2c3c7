// Whole networks as a GPU would train them, on a device that is this processor: the plan of a step, the memory that its
// buffers share, weights and copies, recordings, failures; against the processor's own models.
#include <QtTest>
#include <cmath>

#include "core/backend/gpu_update.h"
#include "core/graph/presets.h"
#include "core/train/optimizer.h"
#include "core/util/device_lost.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevice() { return compilerOf(hostModule()); }

}  // namespace

class TestGpuModel : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void everyKindInANetwork_data() { addKindRows(); }
    void everyKindInANetwork() {
        QFETCH(int, kindIndex);
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Output) QSKIP("every network ends in one");
        const std::string found = kindDiffers(onDevice(), kind);
        QVERIFY2(found.empty(), found.c_str());
    }

    void everyKindByLibraries_data() { addKindRows(); }
    void everyKindByLibraries() {
        QFETCH(int, kindIndex);
        hostDevice().libraries = gpu::kMatrixLibrary | gpu::kConvolutionLibrary | gpu::kLayerLibrary;
        const LayerKind& kind = *layerKinds()[static_cast<std::size_t>(kindIndex)];
        if (kind.group == LayerGroup::Output) QSKIP("every network ends in one");
        const std::string found = kindDiffers(onDevice(), kind);
        QVERIFY2(found.empty(), found.c_str());
    }

    void branchesAndSums() {
        ModelPair pair(onDevice(), branchedNetwork(), trainingOptions(5));
        for (std::uint64_t step = 0; step < 4; ++step) {
            const std::string found = pair.stepDiffers(step == 2 ? 3 : 5, step);
            QVERIFY2(found.empty(), found.c_str());
            const std::string evaluated = pair.evaluationDiffers(4);  // between steps: it shares their memory
            QVERIFY2(evaluated.empty(), evaluated.c_str());
        }
    }

    void squaredErrorAtTheOutput() {
        CompileOptions options = trainingOptions(4);
        options.loss = LossKind::MeanSquaredError;
        ModelPair pair(onDevice(), branchedNetwork(), options);
        const std::string found = pair.stepDiffers(4, 0);
        QVERIFY2(found.empty(), found.c_str());
    }

    void lossTargets() {
        ModelPair pair(onDevice(), branchedNetwork(), trainingOptions(4));
        for (const LossTargets& targets : {LossTargets{.smoothing = 0.1}, LossTargets{.smoothing = 0.1, .classWeights = {0.5F, 2.0F, 1.0F}},
                                           LossTargets{.classWeights = {0.0F, 1.0F, 3.0F}}, LossTargets{}}) {
            pair.cpu->setLossTargets(targets);
            pair.device->setLossTargets(targets);
            for (std::uint64_t step = 0; step < 3; ++step) {  // run, recorded, replayed
                const std::string found = pair.stepDiffers(4, step);
                QVERIFY2(found.empty(), found.c_str());
            }
        }
    }

    void aPresetTrains() {
        ModelPair pair(onDevice(), makePreset("lenet-like").value(), trainingOptions(4));
        const std::string found = pair.stepDiffers(4, 0);
        QVERIFY2(found.empty(), found.c_str());
    }

    // Replayed steps get this step's images, weights and dropout mask, not those of the recording.
    void recordingsAreReplayed() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        std::vector<float> losses;
        for (std::uint64_t step = 0; step < 5; ++step) {
            for (float& value : pair.images) value = -value;
            for (Model* model : {pair.cpu.get(), pair.device.get()}) {
                for (float& weight : model->parameters()) weight *= 0.9F;
            }
            const std::string found = pair.stepDiffers(4, step);
            QVERIFY2(found.empty(), ("step " + std::to_string(step) + ": " + found).c_str());
        }
        QCOMPARE(hostDevice().executor->runs, 1);
        QCOMPARE(hostDevice().executor->records, 1);
        QCOMPARE(hostDevice().executor->replays, 3);
    }

    void withoutRecordingItRunsAlike() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        hostDevice().executor->failNextRecord = {kGpuDriverFailed, "cudaErrorStreamCaptureUnsupported"};
        for (std::uint64_t step = 0; step < 4; ++step) {
            const std::string found = pair.stepDiffers(4, step);
            QVERIFY2(found.empty(), found.c_str());
        }
        QCOMPARE(hostDevice().executor->replays, 0);
    }

    // Ten steps with updates, against the processor's losses.
    void tenSteps() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(16));
        std::vector<double> losses[2];
        for (const bool device : {false, true}) losses[device] = trainedLosses(device ? *pair.device : *pair.cpu, pair, 10);
        for (std::size_t i = 0; i < 10; ++i) {
            const double expected = losses[0][i], got = losses[1][i];
            QVERIFY2(std::abs(got - expected) < 1e-3 * expected, qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got).arg(expected)));
        }
        QVERIFY(losses[1].back() < losses[1].front());
        const std::string found = pair.evaluationDiffers(16, 1e-3);
        QVERIFY2(found.empty(), found.c_str());
    }

    // The update on the device, in recorded steps whose rate changes, against the processor's optimizer on the same gradients: the same bits.
    void updatesOnTheDevice_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"sgd:momentum=0", "sgd", "adamw", "rmsprop:centered=true,momentum=0.8", "adagrad"}) QTest::newRow(text) << text;
    }
    void updatesOnTheDevice() {
        QFETCH(QString, text);
        const OptimizerSpec spec = parseOptimizer(text.toStdString()).value();
        const Optimizer& optimizer = *findOptimizer(spec.kind);
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        std::vector<float> weights = copyOf(device.parameters()), state(optimizer.stateSize(spec, weights.size())), deviceState(state.size(), 5.0F);
        for (std::int64_t step = 1; step <= 5; ++step) {
            const double rate = 0.02 / static_cast<double>(step);
            const ConvolabGpuUpdate update = describeGpuUpdate(spec, rate, 1e-3, step).value();
            const auto seen = static_cast<std::uint64_t>(step);
            if (step == 3) device.timedTrainStep(pair.batchOf(4), pair.labelsOf(4), seen, &update);
            else device.trainStep(pair.batchOf(4), pair.labelsOf(4), seen, update);
            const std::vector<float> gradients = copyOf(device.gradients());
            optimizer.update(spec, {.parameters = weights, .gradients = gradients, .state = state, .rate = rate, .weightDecay = 1e-3, .step = step});
            device.readOptimizerState(deviceState);
            QCOMPARE(deviceState, state);
            QCOMPARE(device.copyWeights(step).parameters, weights);
        }
        QCOMPARE(hostDevice().executor->runs > 0 && hostDevice().executor->replays, true);
    }

    // Batches that come while others are computed, with evaluations between: the losses and weights of steps one after the other.
    void stagedSteps() {
        const OptimizerSpec spec = parseOptimizer("sgd").value();
        ModelPair plain(onDevice(), tinyNetwork(), trainingOptions(4)), staged(onDevice(), tinyNetwork(), trainingOptions(4));
        auto &one = dynamic_cast<GpuModel&>(*plain.device), &two = dynamic_cast<GpuModel&>(*staged.device);
        gpu::HostExecutor& executor = *hostDevice().executor;  // of the second
        const auto update = [&](std::int64_t step) { return describeGpuUpdate(spec, 0.02 + 0.01 * static_cast<double>(step), 0.0, step + 1).value(); };
        constexpr std::int64_t kSteps = 7;
        const auto count = [](std::int64_t step) { return step == 3 ? std::int64_t{2} : std::int64_t{4}; };
        std::vector<float> images = staged.images;
        const auto images_of = [&](std::int64_t step) {
            for (std::size_t i = 0; i < images.size(); ++i) images[i] = staged.images[i] * (1.0F + static_cast<float>(step));
            return View<const float>{images.data(), staged.cpu->inputShape().withBatch(count(step))};
        };
        std::vector<double> expected, got;
        for (std::int64_t step = 0; step < kSteps; ++step) expected.push_back(one.trainStep(images_of(step), plain.labelsOf(count(step)), static_cast<std::uint64_t>(step), update(step)).loss);
        const auto stage = [&](std::int64_t step) {
            const ConvolabGpuUpdate u = update(step);
            two.stage(images_of(step), staged.labelsOf(count(step)), static_cast<std::uint64_t>(step), &u);
            std::ranges::fill(images, 1e9F);  // copied already
        };
        stage(0);
        two.start();
        for (std::int64_t step = 1; step < kSteps; ++step) {
            stage(step);
            if (step == 4) two.evaluate(staged.batchOf(4), staged.labelsOf(4));  // does not disturb the staged batch
            two.start();
            got.push_back(two.finish().loss);
        }
        const LossResult last = two.finish();
        QCOMPARE(last.count, std::int64_t{4});
        got.push_back(last.loss);
        QCOMPARE(got, expected);
        QVERIFY(sameWeights(two.copyWeights(1), one.copyWeights(1)));
        QVERIFY(QString::fromStdString(executor.bufferCalls).startsWith("s0 t0 l0 s1 t1 l1 s0 t0 l0 "));
        QVERIFY(executor.replays > 0);
    }

    void stepsOutOfTurn() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        try {
            device.start();
            QFAIL("nothing was thrown");
        } catch (const DeviceLost& lost) {
            QVERIFY(lost.error.sentence().find("no batch is staged") != std::string::npos);
        }
    }

    // From the processor to a device and to another one in mid-run, with the optimizer's state.
    void theStateChangesDevices() {
        const OptimizerSpec spec = parseOptimizer("adam").value();
        const auto update = [&](std::int64_t step) { return describeGpuUpdate(spec, 0.01, 0.0, step).value(); };
        ModelPair whole(onDevice(), tinyNetwork(), trainingOptions(4)), first(onDevice(), tinyNetwork(), trainingOptions(4)), second(onDevice(), tinyNetwork(), trainingOptions(4));
        const auto train = [&](ModelPair& pair, std::int64_t from, std::int64_t to) {
            for (std::int64_t step = from; step < to; ++step) dynamic_cast<GpuModel&>(*pair.device).trainStep(pair.batchOf(4), pair.labelsOf(4), static_cast<std::uint64_t>(step), update(step + 1));
        };
        train(whole, 0, 6);
        train(first, 0, 3);
        std::vector<float> state(2 * first.device->parameters().size());
        dynamic_cast<GpuModel&>(*first.device).readOptimizerState(state);
        QVERIFY(second.device->bind(first.device->copyWeights(3)).ok());
        dynamic_cast<GpuModel&>(*second.device).writeOptimizerState(state);
        train(second, 3, 6);
        QVERIFY(sameWeights(whole.device->copyWeights(6), second.device->copyWeights(6)));
    }

    // Another optimizer in mid-run keeps what fits of the state, as on the processor; what is new is 0.
    void anotherOptimizerInMidRun() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        const std::size_t count = device.parameters().size();
        std::vector<float> state(count, 0.5F), twice(2 * count, 9.0F);
        device.writeOptimizerState(state);
        device.readOptimizerState(twice);
        QCOMPARE(twice[count - 1], 0.5F);
        QCOMPARE(twice[count], 0.0F);
        const auto adam = describeGpuUpdate(parseOptimizer("adam").value(), 0.0, 0.0, 1).value();
        device.trainStep(pair.batchOf(4), pair.labelsOf(4), 0, adam);
        device.readOptimizerState(twice);
        QVERIFY(std::abs(twice[0] - 0.45F) < 0.2F && twice[count] >= 0.0F);
    }

    void noMemoryForTheState() {
        hostDevice().memoryBytes = compileOnGpu(hostModule(), 0, tinyNetwork(), trainingOptions(4)).value()->arenaBytes() + 16;
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        const auto momentum = describeGpuUpdate(parseOptimizer("sgd").value(), 0.1, 0.0, 1).value();
        try {
            device.trainStep(pair.batchOf(4), pair.labelsOf(4), 0, momentum);
            QFAIL("nothing was thrown");
        } catch (const DeviceLost& lost) {
            QCOMPARE(lost.error.code, ErrorCode::OutOfMemory);
            QVERIFY(lost.error.sentence().find("optimizer's state") != std::string::npos);
        }
        const std::string found = pair.stepDiffers(4, 0);  // it still works without
        QVERIFY2(found.empty(), found.c_str());
    }

    // Dense layers by a library's calls, with the ReLU behind them; and a library that does not take them.
    void librariesAreCalled_data() {
        QTest::addColumn<bool>("taken");
        QTest::newRow("taken") << true;
        QTest::newRow("refused") << false;
    }
    void librariesAreCalled() {
        QFETCH(bool, taken);
        hostDevice().libraries = gpu::kMatrixLibrary | gpu::kConvolutionLibrary | gpu::kLayerLibrary;
        ModelPair pair(onDevice(), makePreset("lenet-like").value(), trainingOptions(4));
        if (!taken) hostDevice().executor->failPrepare = {kGpuDriverFailed, "cublasLtMatmulAlgoGetHeuristic: CUBLAS_STATUS_NOT_SUPPORTED"};
        for (std::uint64_t step = 0; step < 3; ++step) {
            const std::string found = pair.stepDiffers(4, step);
            QVERIFY2(found.empty(), found.c_str());
        }
        QCOMPARE(hostDevice().executor->libraryCalls > 0, taken);
    }

    // The parts of a step's time lie within the step; each layer that has weights ran forward and backward.
    void whereTheTimeGoes() {
        ModelPair pair(onDevice(), makePreset("lenet-like").value(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        const auto update = describeGpuUpdate(parseOptimizer("sgd").value(), 0.01, 0.0, 1).value();
        const GpuTimedStep timed = device.timedTrainStep(pair.batchOf(3), pair.labelsOf(3), 1, &update);
        QCOMPARE(timed.times.clock, kGpuHostClock);
        QCOMPARE(timed.times.launch, 0.0);
        QCOMPARE(timed.result.count, 3);
        double sum = timed.times.loss + timed.times.update;
        int kernels = 4;  // loss and update
        QVERIFY(timed.times.loss > 0.0 && timed.times.update > 0.0);
        for (std::size_t i = 0; i < timed.layers.size(); ++i) {
            const ConvolabGpuLayerTimes& layer = timed.layers[i];
            sum += layer.forward + layer.backward;
            kernels += layer.forwardKernels + layer.backwardKernels;
            const std::string kind = makePreset("lenet-like").value().node(timed.nodes[i])->kind;
            if (kind == "conv2d" || kind == "dense") QVERIFY2(layer.forward > 0.0 && layer.backward > 0.0 && layer.backwardKernels >= 2, kind.c_str());
        }
        QCOMPARE(kernels, timed.times.kernels);
        QVERIFY(std::abs(sum - timed.times.allKernels) < 1e-6 + 1e-3 * timed.times.allKernels);
        QVERIFY(timed.times.step >= timed.times.toDevice + timed.times.allKernels + timed.times.fromDevice);
        QCOMPARE(timed.times.bytesToDevice, std::uint64_t(3 * 4 * (pair.cpu->inputShape().size() + 1)) + sizeof(std::uint32_t) * 2 + sizeof(ConvolabGpuUpdate));
    }

    // Products are on tensor cores where a library makes them in a precision that those have; nothing else is.
    void unitsOfLayers() {
        hostDevice().libraries = gpu::kMatrixLibrary;
        ModelPair pair(onDevice(), makePreset("lenet-like").value(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        for (const bool tensor : {false, true}) {
            hostDevice().executor->precision = tensor ? gpu::Precision::Tf32 : gpu::Precision::Float32;
            const GpuTimedStep timed = device.timedTrainStep(pair.batchOf(3), pair.labelsOf(3), 1, nullptr);
            for (std::size_t i = 0; i < timed.layers.size(); ++i) {
                const std::string kind = makePreset("lenet-like").value().node(timed.nodes[i])->kind;
                QCOMPARE(timed.layers[i].units, kind == "dense" && tensor ? kGpuTensorTf32 : kGpuCudaCores);
            }
        }
        auto half = compileOnGpu(hostModule(), {.ordinals = {0}, .precision = kGpuBf16}, makePreset("lenet-like").value(), trainingOptions(4)).value();
        const GpuTimedStep timed = dynamic_cast<GpuModel&>(*half).timedTrainStep(pair.batchOf(3), pair.labelsOf(3), 1, nullptr);
        QVERIFY(std::ranges::any_of(timed.layers, [](const ConvolabGpuLayerTimes& layer) { return layer.units == kGpuTensorHalf; }));
    }

    // A timed step computes what a step computes, and says the loss of an evaluation.
    void timedStepsAreSteps() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        const GpuTimedStep timed = device.timedTrainStep(pair.batchOf(4), pair.labelsOf(4), 3, nullptr);
        const std::vector<float> gradients = copyOf(device.gradients());
        QCOMPARE(device.trainStep(pair.batchOf(4), pair.labelsOf(4), 3).loss, timed.result.loss);
        QCOMPARE(copyOf(device.gradients()), gradients);
        QCOMPARE(device.timedEvaluate(pair.batchOf(4), pair.labelsOf(4)).result.loss, device.evaluate(pair.batchOf(4), pair.labelsOf(4)).loss);
    }

    void repeatsBitForBit() {
        std::vector<WeightSet> ends;
        for (int run = 0; run < 2; ++run) {
            ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(16));
            trainedLosses(*pair.device, pair, 12);
            ends.push_back(pair.device->copyWeights(12));
        }
        QVERIFY(sameWeights(ends[0], ends[1]));
    }

    // A network goes from the processor to the device and back, with its running statistics.
    void weightsChangeDevices() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(8));
        trainedLosses(*pair.cpu, pair, 4);
        QVERIFY(pair.device->bind(pair.cpu->copyWeights(4)).ok());
        std::string found = pair.evaluationDiffers(8);
        QVERIFY2(found.empty(), found.c_str());
        trainedLosses(*pair.device, pair, 4);
        const WeightSet weights = pair.device->copyWeights(8);
        QVERIFY(pair.cpu->bind(weights).ok());
        found = pair.evaluationDiffers(8);
        QVERIFY2(found.empty(), found.c_str());
    }

    void outOfMemoryNamesTheBatchThatFits() {
        const NetworkSpec spec = makePreset("lenet-like").value();
        const auto whole = compileOnGpu(hostModule(), 0, spec, trainingOptions(64)).value();
        hostDevice().memoryBytes = whole->arenaBytes() - 1;
        const auto refused = compileOnGpu(hostModule(), 0, spec, trainingOptions(64));
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
        const QString sentence = QString::fromStdString(refused.error().sentence());
        QVERIFY2(sentence.contains("batches of 64 images") && sentence.contains("a batch of 63 fits"), qPrintable(sentence));
        QVERIFY(compileOnGpu(hostModule(), 0, spec, trainingOptions(63)).ok());
        hostDevice().memoryBytes = 1000;
        const auto hopeless = compileOnGpu(hostModule(), 0, spec, trainingOptions(64));
        QVERIFY(!hopeless.ok() && !QString::fromStdString(hopeless.error().sentence()).contains("fits"));
        QVERIFY(QString::fromStdString(hopeless.error().sentence()).contains("nvidia-smi"));
    }

    void aDeviceThatDoesNotStart() {
        hostDevice().failStart = {kGpuDriverFailed, "cudaErrorSystemNotReady while the device was started"};
        const auto refused = compileOnGpu(hostModule(), 0, tinyNetwork(), trainingOptions(4));
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::DeviceUnavailable);
        QVERIFY(refused.error().sentence().find("cudaErrorSystemNotReady") != std::string::npos);
    }

    // Every call throws the reason from then on; the weights in main memory can still be read.
    void aDeviceThatIsLost() {
        ModelPair pair(onDevice(), tinyNetwork(), trainingOptions(4));
        QVERIFY(pair.stepDiffers(4, 0).empty());
        const WeightSet before = pair.device->copyWeights(1);
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
        for (int attempt = 0; attempt < 2; ++attempt) {
            try {
                pair.device->trainStep(pair.batchOf(4), pair.labelsOf(4), 1);
                QFAIL("nothing was thrown");
            } catch (const DeviceLost& lost) {
                QCOMPARE(lost.error.code, ErrorCode::DeviceUnavailable);
                QVERIFY(lost.error.sentence().find("cudaErrorIllegalAddress") != std::string::npos);
            }
        }
        QVERIFY(sameWeights(pair.device->copyWeights(1), before));
    }

    void whatAGpuDoesNotDo() {
        const NetworkSpec spec = tinyNetwork();
        CompileOptions options = trainingOptions(4);
        options.inputGradient = true;
        const auto refused = compileOnGpu(hostModule(), {.precision = kGpuBf16}, spec, options);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY(!compileOnGpu(hostModule(), 0, NetworkSpec{}, trainingOptions(4)).ok());
    }

    void inferenceHoldsLess() {
        const NetworkSpec spec = tinyNetwork();
        CompileOptions options = trainingOptions(8);
        const auto trained = compileOnGpu(hostModule(), 0, spec, options).value();
        options.training = false;
        const auto inferred = compileOnGpu(hostModule(), 0, spec, options).value();
        QVERIFY(inferred->arenaBytes() < trained->arenaBytes());
        ModelPair pair(onDevice(), spec, options);
        const std::string found = pair.evaluationDiffers(8);
        QVERIFY2(found.empty(), found.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGpuModel)
#include "tst_gpu_model.moc"
