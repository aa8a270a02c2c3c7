// On a real GPU, through the real module: the checks of a device, updates, staged batches, times. Without one, each test is
// skipped with the sentence that the device menu shows.
#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/backend/integer_check.h"
#include "core/backend/gpu_loader.h"
#include "core/backend/gpu_quantized_model.h"
#include "core/backend/gpu_update.h"
#include "core/data/targets.h"
#include "core/graph/presets.h"
#include "core/train/optimizer.h"
#include "tests/core/quantization_case.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

class TestGpuDevice : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        if (!m_looked) look();
        m_looked = true;
        if (!m_compile) QSKIP(m_reason.c_str());
    }

    // What `convolab devices --check` runs.
    void check_data() {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < m_checks.size(); ++i) QTest::newRow(m_checks[i].name.c_str()) << static_cast<int>(i);
    }
    void check() {
        QFETCH(int, index);
        const std::string found = runDeviceCheck(m_checks[static_cast<std::size_t>(index)], m_compile);
        QVERIFY2(found.empty(), found.c_str());
    }

    // The same in every precision that the device has.
    void precision_data() {
        QTest::addColumn<int>("index");
        for (std::size_t i = 1; i < precisions().size(); ++i) QTest::newRow(precisions()[i].word) << static_cast<int>(i);
    }
    void precision() {
        QFETCH(int, index);
        const Precision& wanted = precisions()[static_cast<std::size_t>(index)];
        if (const auto problem = precisionProblem(wanted, m_device.name, m_device.computeMajor, m_device.computeMinor)) QSKIP(problem->sentence().c_str());
        for (const DeviceCheck& check : deviceChecks(wanted.value)) {
            const std::string found = runDeviceCheck(check, compiledIn(wanted.value));
            QVERIFY2(found.empty(), (check.name + ": " + found).c_str());
        }
    }

    // Gradients beyond fp16: recorded steps skip, and the scale on the device halves until they fit.
    void overflowSkips() {
        if (const auto problem = precisionProblem(precisionOf(kGpuFp16), m_device.name, m_device.computeMajor, m_device.computeMinor)) QSKIP(problem->sentence().c_str());
        ModelPair pair(compiledIn(kGpuFp16), tinyNetwork(), trainingOptions(8));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        device.setLossScaling({.scale = 0x1p40});
        const std::vector<float> weights = device.copyWeights(0).parameters;
        int skipped = 0;
        for (std::int64_t step = 1; step < 40; ++step) {
            const ConvolabGpuUpdate update = describeGpuUpdate(parseOptimizer("adam").value(), 0.01, 0.0, step).value();
            device.trainStep(pair.batchOf(8), pair.labelsOf(8), static_cast<std::uint64_t>(step), update);
            if (!device.skippedStep()) break;
            ++skipped;
            QVERIFY(sameBits(device.copyWeights(step).parameters, weights));
        }
        QVERIFY2(skipped > 3 && skipped < 38, qPrintable(QString::number(skipped)));
        QCOMPARE(device.lossScaling(), (LossScaling{.scale = 0x1p40 / std::pow(2.0, skipped), .goodSteps = 1, .skippedSteps = skipped}));
        QVERIFY(!sameBits(device.copyWeights(40).parameters, weights));
    }

    // The optimizer on the device, in recorded steps, against the processor's on the same gradients.
    void updatesOnTheDevice() {
        const OptimizerSpec spec = parseOptimizer("adam").value();
        ModelPair pair(m_compile, tinyNetwork(), trainingOptions(16));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        std::vector<float> weights = copyOf(device.parameters()), state(findOptimizer(spec.kind)->stateSize(spec, weights.size())), deviceState(state.size());
        for (std::int64_t step = 1; step <= 5; ++step) {
            const ConvolabGpuUpdate update = describeGpuUpdate(spec, 0.01, 1e-3, step).value();
            device.trainStep(pair.batchOf(16), pair.labelsOf(16), static_cast<std::uint64_t>(step), update);
            const std::vector<float> gradients = copyOf(device.gradients());
            findOptimizer(spec.kind)->update(spec, {.parameters = weights, .gradients = gradients, .state = state, .rate = 0.01, .weightDecay = 1e-3, .step = step});
            device.readOptimizerState(deviceState);
            QVERIFY(relativeError(deviceState, state) < 1e-5);
            QVERIFY(relativeError(device.copyWeights(step).parameters, weights) < 1e-5);
        }
    }

    // Batches that come on a stream of their own while the step before is computed.
    void stagedStepsAreSteps() {
        ModelPair plain(m_compile, tinyNetwork(), trainingOptions(16)), staged(m_compile, tinyNetwork(), trainingOptions(16));
        auto &one = dynamic_cast<GpuModel&>(*plain.device), &two = dynamic_cast<GpuModel&>(*staged.device);
        std::vector<double> expected, got;
        std::vector<float> images;
        const auto imagesOf = [&](int step) {
            images = staged.images;
            for (float& value : images) value *= 1.0F + 0.1F * static_cast<float>(step);
            return View<const float>{images.data(), staged.cpu->inputShape().withBatch(16)};
        };
        const auto updateOf = [](int step) { return describeGpuUpdate(parseOptimizer("sgd").value(), 0.02, 0.0, step + 1).value(); };
        constexpr int kSteps = 8;
        for (int step = 0; step < kSteps; ++step) expected.push_back(one.trainStep(imagesOf(step), plain.labelsOf(16), static_cast<std::uint64_t>(step), updateOf(step)).loss);
        for (int step = 0; step < kSteps; ++step) {
            const ConvolabGpuUpdate update = updateOf(step);
            two.stage(imagesOf(step), staged.labelsOf(16), static_cast<std::uint64_t>(step), &update);
            std::ranges::fill(images, 1e9F);
            two.start();
            if (step > 0) got.push_back(two.finish().loss);
        }
        got.push_back(two.finish().loss);
        for (std::size_t i = 0; i < got.size(); ++i) QVERIFY2(std::abs(got[i] - expected[i]) < 1e-4 * expected[i], qPrintable(QString::number(got[i] - expected[i])));
    }

    // Batches that are named: gathered and augmented there, in recorded steps.
    void namedBatches() {
        ModelPair sent(m_compile, tinyNetwork(), trainingOptions(16)), named(m_compile, tinyNetwork(), trainingOptions(16));
        auto &one = dynamic_cast<GpuModel&>(*sent.device), &two = dynamic_cast<GpuModel&>(*named.device);
        const DatasetPtr dataset = tinyDataset();
        const std::vector<AugmentationSpec> specs{parseAugmentation("shift").value(), parseAugmentation("elastic:alpha=10,sigma=2").value(), parseAugmentation("noise").value()};
        two.keepData(dataset, specs, 1);
        QVERIFY2(two.makesBatches(true), two.dataNote().c_str());
        Augmenter augmenter(specs, 1, dataset->info().picture());
        std::vector<std::int64_t> places(16);
        std::vector<int> labels(16);
        std::vector<float> images(16 * 64);
        for (std::int64_t step = 0; step < 6; ++step) {
            for (std::size_t i = 0; i < places.size(); ++i) {
                places[i] = (7 * static_cast<std::int64_t>(i) + step) % 70;
                labels[i] = dataset->label(Split::Train, places[i]);
                dataset->image(Split::Train, places[i], std::span(images).subspan(64 * i, 64));
                augmenter.apply(std::span(images).subspan(64 * i, 64), step, places[i]);
            }
            const ConvolabGpuUpdate update = describeGpuUpdate(parseOptimizer("sgd").value(), 0.02, 0.0, step + 1).value();
            const Shape shape = one.inputShape().withBatch(16);
            const double expected = one.trainStep({images.data(), shape}, labels, static_cast<std::uint64_t>(step), update).loss;
            two.chooseImages({.split = Split::Train, .images = places, .augmented = true, .epoch = step});
            const double got = two.trainStep({nullptr, shape}, labels, static_cast<std::uint64_t>(step), update).loss;
            QVERIFY2(std::abs(got - expected) < 1e-4 * expected, qPrintable(QString::number(got - expected)));
        }
    }

    // Sums over weights and gradients, computed there, against the same buffers here.
    void sumsWhereTheyLie() {
        ModelPair pair(m_compile, makePreset("conv20-conv50").value(), trainingOptions(16));
        Model& device = *pair.device;
        device.trainStep(pair.batchOf(16), pair.labelsOf(16), 0);
        const std::vector<float> gradients = copyOf(device.gradients()), edges = evenEdges(-0.1F, 0.1F, 64);
        for (const LayerSlice& layer : layerSlices(*device.layout(), ValueSlice::Source::Gradients)) {
            const std::span<const float> values = std::span(gradients).subspan(layer.slice.first, layer.slice.count);
            const ValueSummary got = summariesOf(device, {&layer.slice, 1})[0], expected = summaryOf(values);
            QVERIFY(got.zeros == expected.zeros && got.notFinite == 0 && got.lowest == expected.lowest && got.highest == expected.highest);
            QVERIFY(std::abs(got.norm - expected.norm) <= 1e-9 * expected.norm && std::abs(got.mean - expected.mean) <= 1e-9 * expected.norm);
            QCOMPARE(histogramOf(device, layer.slice, edges), histogramOf(values, edges));
        }
    }

    // A training that gives the device the next batch ahead, against one that does one thing after the other: the same bits.
    void trainingAhead() {
        Recipe recipe = tinyRecipe();
        recipe.schedule = parseSchedule("cosine").value();
        std::vector<Checkpoint> ends;
        std::vector<History> histories;
        for (const bool ahead : {false, true}) {
            const GpuSettings settings{.ordinals = {m_device.ordinal}, .ahead = ahead};
            const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, nullptr, nullptr, {}, {}, compilerOf(settings)).value();
            while (!loop->finished()) {
                if (loop->step() == 7) loop->setRate(0.005);
                const Status made = loop->runStep();
                QVERIFY2(made.ok(), made.ok() ? "" : made.error().sentence().c_str());
            }
            ends.push_back(loop->checkpoint());
            histories.push_back(loop->history());
        }
        QVERIFY(sameState(ends[0], ends[1]));
        QCOMPARE(histories[0].steps.size(), histories[1].steps.size());
        for (std::size_t i = 0; i < histories[0].steps.size(); ++i) QCOMPARE(histories[1].steps[i].loss, histories[0].steps[i].loss);
    }

    // Outputs that aim at values: the squared error to rows, against the processor's.
    void targetValues() {
        const DatasetPtr aimed = withTargets(tinyDataset(), {.values = {0.5F, -1.0F, 2.0F, 0.25F, -1.5F, 1.0F}});
        Recipe recipe = tinyRecipe();
        recipe.loss = LossKind::MeanSquaredError;
        recipe.optimizer = parseOptimizer("sgd").value();
        std::vector<History> histories;
        for (const CompileModel& compile : {CompileModel(Model::compile), m_compile}) {
            const auto loop = TrainingLoop::create(chain({{"input", {{"shape", std::vector<std::int64_t>{1, 8, 8}}}}, {"flatten", {}}, {"dense", {{"units", std::int64_t{2}}}}, {"output", {}}}),
                                                   aimed, recipe, nullptr, nullptr, {}, {}, compile);
            QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
            while (!(*loop)->finished()) QVERIFY((*loop)->runStep().ok());
            histories.push_back((*loop)->history());
        }
        for (std::size_t i = 0; i < histories[0].steps.size(); ++i) {
            const double expected = histories[0].steps[i].loss, got = histories[1].steps[i].loss;
            QVERIFY2(std::abs(got - expected) < 1e-3 * std::max(1.0, expected), qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got).arg(expected)));
            QCOMPARE(histories[1].steps[i].accuracy, histories[0].steps[i].accuracy);
        }
    }

    // Weights that come over while steps run: those of their step, and the run is the same as without.
    void picturesOfTheWeights() {
        const auto loopOfIt = [&] { return TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe(), nullptr, nullptr, {}, {}, m_compile).value(); };
        std::vector<WeightSetPtr> expected;
        const auto reference = loopOfIt(), watched = loopOfIt();
        for (expected.push_back(reference->publish()); !reference->finished(); expected.push_back(reference->publish())) QVERIFY(reference->runStep().ok());
        int taken = 0;
        while (!watched->finished()) {
            QVERIFY(watched->postWeights());
            if (const WeightSetPtr weights = watched->takeWeights()) {
                ++taken;
                QVERIFY(sameWeights(*weights, *expected[static_cast<std::size_t>(weights->step)]));
            }
            QVERIFY(watched->runStep().ok());
        }
        QVERIFY(taken > 0);
        QVERIFY(sameState(watched->checkpoint(), reference->checkpoint()));
    }

    // One GPU through NCCL: a group of one makes the same bits as no group. Where NCCL is missing, it says so.
    void aGroupOfOne() {
        std::vector<Checkpoint> ends;
        for (const bool group : {false, true}) {
            const GpuSettings settings{.ordinals = {m_device.ordinal}, .group = group};
            const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe(), nullptr, nullptr, {}, {}, compilerOf(settings));
            if (!loop.ok() && loop.error().message.find("NCCL") != std::string::npos) QSKIP(loop.error().sentence().c_str());
            QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
            while (!(*loop)->finished()) QVERIFY((*loop)->runStep().ok());
            ends.push_back((*loop)->checkpoint());
        }
        QVERIFY(sameState(ends[0], ends[1]));
    }

    void whereTheTimeGoes() {
        ModelPair pair(m_compile, makePreset("conv20-conv50").value(), trainingOptions(32));
        auto& device = dynamic_cast<GpuModel&>(*pair.device);
        for (std::uint64_t step = 0; step < 4; ++step) device.trainStep(pair.batchOf(32), pair.labelsOf(32), step);
        const GpuTimedStep timed = device.timedTrainStep(pair.batchOf(32), pair.labelsOf(32), 4, nullptr);
        QCOMPARE(timed.times.clock, kGpuDeviceClock);
        QVERIFY(timed.times.launch > 0.0 && timed.times.replay > 0.0 && timed.times.toDevice > 0.0 && timed.times.allKernels > 0.0);
        QVERIFY(timed.times.step >= timed.times.allKernels);
        double sum = timed.times.loss + timed.times.update;
        for (const ConvolabGpuLayerTimes& layer : timed.layers) sum += layer.forward + layer.backward;
        QVERIFY(std::abs(sum - timed.times.allKernels) < 0.01 * timed.times.allKernels + 1e-5);
    }

    // Kernels of integers, words of four values included, replayed as well: the processor's bits.
    void integersHaveTheProcessorsBits() {
        const std::string found = runDeviceCheck(integerCheck([this](IntegerNetwork network, const QuantizedModelOptions& options) {
                                                     return integersOnGpu(*m_module, m_device.ordinal, std::move(network), options);
                                                 }), m_compile);
        QVERIFY2(found.empty(), found.c_str());
        for (const NetworkSpec& spec : {residualNetwork(), mixedNetwork(), makePreset("conv20-conv50").value()}) {
            const QuantizationCase test(spec);
            const auto cpu = test.model({.maximumBatch = 33});
            const auto device = integersOnGpu(*m_module, m_device.ordinal, test.network(), {.maximumBatch = 33}).value();
            const Images images = test.images(33);
            for (int repeat = 0; repeat < 4; ++repeat) {
                cpu->forward(images.view());
                device->forward(images.view());
                QVERIFY(std::ranges::equal(device->logits().span(), cpu->logits().span()));
            }
        }
    }

  private:
    void look() {
#ifdef CONVOLAB_REAL_MODULE
        const auto module = loadGpuModule({CONVOLAB_REAL_MODULE});
#else
        const auto module = loadGpuModule({});
#endif
        if (!module.ok()) {
            m_reason = module.error().sentence();
            return;
        }
        const GpuFindings found = probeGpus(**module);
        if (found.problem) m_reason = found.problem->sentence();
        for (const GpuDevice& device : found.devices) {
            if (device.problem) m_reason = device.problem->sentence();
            else if (!m_compile) {
                m_compile = testing::compilerOf(**module, device.ordinal);
                m_device = device;
                m_module = *module;
            }
        }
    }

    CompileModel compilerOf(const GpuSettings& settings) const {
        return [module = m_module, settings](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(*module, settings, spec, options); };
    }

    CompileModel compiledIn(ConvolabGpuPrecision precision) const {
        return compilerOf({.ordinals = {m_device.ordinal}, .precision = precision});
    }

    const std::vector<DeviceCheck> m_checks = deviceChecks();
    bool m_looked = false;
    CompileModel m_compile;
    GpuDevice m_device;
    const ConvolabGpuModule* m_module = nullptr;
    std::string m_reason;
};

QTEST_GUILESS_MAIN(TestGpuDevice)
#include "tst_gpu_device.moc"
