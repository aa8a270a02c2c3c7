// The race of two devices: fits and crossovers of invented times, what is said about them, and whole races against a device that
// is this processor.
#include <QTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
#include "core/measure/race.h"
#include "core/util/device_lost.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

RaceDevice emulation() {
    RaceDevice device{.id = "emulated:0", .name = "Host emulation", .isGpu = true, .emulated = true};
    device.compile = compilerOf(hostModule());
    return device;
}

// fixed + perUnit · load on both sides, exactly.
Sweep inventedSweep(double cpuFixed, double cpuPerUnit, double gpuFixed, double gpuPerUnit) {
    Sweep sweep{.quantity = "n", .network = "dense n-n-10", .sizes = {16, 64, 256, 1024}};
    for (const double n : sweep.sizes) sweep.load.push_back(denseParameters(n));
    SweepLane cpu{.id = "cpu", .device = "CPU"}, gpu{.id = "cuda:0", .device = "CUDA", .isGpu = true};
    for (const double load : sweep.load) {
        cpu.seconds.push_back(cpuFixed + cpuPerUnit * load);
        gpu.seconds.push_back(gpuFixed + gpuPerUnit * load);
    }
    gpu.smallest = {.whole = gpu.seconds.front(), .launch = 0.6 * gpuFixed, .copies = 0.3 * gpuFixed, .kernels = 0.1 * gpuFixed, .started = 24};
    gpu.largest = {.whole = gpu.seconds.back(), .launch = 0.6 * gpuFixed, .copies = 0.3 * gpuFixed, .kernels = gpu.seconds.back() - gpuFixed, .started = 24};
    cpu.smallest.whole = cpu.seconds.front();
    cpu.largest.whole = cpu.seconds.back();
    sweep.lanes = {cpu, gpu};
    judgeSweep(sweep);
    return sweep;
}

QString joined(const std::vector<std::string>& sentences) {
    QStringList list;
    for (const std::string& sentence : sentences) list << QString::fromStdString(sentence);
    return list.join(QLatin1Char('\n'));
}

Recipe raceRecipe() {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = parseOptimizer("sgd").value();
    return recipe;
}

}  // namespace

class TestRace : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { setComputeThreads(1); }
    void init() { hostDevice() = {}; }

    void theParametersOfTheDenseNetwork() {
        for (const int n : {1, 16, 512}) {
            const NetworkSpec spec = makePreset("dense-n", {.input = {}, .classes = {}, .width = n}).value();
            QCOMPARE(denseParameters(n), static_cast<double>(analyze(spec).total.parameters));
        }
        QCOMPARE(denseParameters(4096), 20'037'642.0);
    }

    void fitsFindTheirNumbers() {
        const std::vector<double> load{10, 100, 1000, 10000};
        std::vector<double> seconds;
        for (const double x : load) seconds.push_back(3e-5 + 2e-8 * x);
        const RaceFit fit = fitRace(load, seconds);
        QVERIFY(std::abs(fit.fixed - 3e-5) < 1e-12 && std::abs(fit.perUnit - 2e-8) < 1e-15);
        // Neither part is below 0, whatever the points are.
        const RaceFit falling = fitRace(load, std::vector<double>{4e-5, 3e-5, 2e-5, 1e-5});
        QVERIFY(falling.perUnit == 0.0 && falling.fixed > 0.0);
        const RaceFit steep = fitRace(load, std::vector<double>{1e-9, 1e-7, 1e-5, 1e-3});
        QVERIFY(steep.fixed == 0.0 && steep.perUnit > 0.0);
        const RaceFit single = fitRace(std::vector<double>{10}, std::vector<double>{2e-5});
        QVERIFY(std::abs(single.at(10) - 2e-5) < 1e-12);
    }

    void crossesBetweenMeasuredSizes() {
        const Sweep sweep = inventedSweep(1e-5, 1e-9, 2e-4, 1e-10);  // at 211,111 parameters: n = 205
        QVERIFY(sweep.crossover && sweep.crossover->measured);
        QVERIFY2(sweep.crossover->size > 64 && sweep.crossover->size < 256, qPrintable(QString::number(sweep.crossover->size)));
        const QString said = joined(sweepSentences(sweep));
        QVERIFY2(said.contains("CUDA overtakes CPU at n = "), qPrintable(said));
        QVERIFY2(said.contains("10 µs per step, and 1 ms per million parameters"), qPrintable(said));
        QVERIFY2(said.contains("24 CUDA kernels takes the processor 120 µs") && said.contains("copies take 60 µs"), qPrintable(said));
        QVERIFY2(said.contains("That is why a GPU can be slower for a three-layer network"), qPrintable(said));
        QVERIFY(!said.contains("emulation"));
    }

    void crossesBeyondWhatWasMeasured() {
        const Sweep sweep = inventedSweep(1e-5, 1e-9, 1e-2, 1e-10);  // at 11.1 million parameters: n = 2,959
        QVERIFY(sweep.crossover && !sweep.crossover->measured);
        QVERIFY(std::abs(denseParameters(sweep.crossover->size) - 1.11e7) < 1e5);
        QVERIFY(joined(sweepSentences(sweep)).contains("slower at every size that was measured; where the fitted lines meet, at n = 2,9"));
    }

    void neverCrosses() {
        const Sweep slower = inventedSweep(1e-5, 1e-9, 2e-4, 2e-9);
        QVERIFY(!slower.crossover);
        QVERIFY(joined(sweepSentences(slower)).contains("nothing says that a larger one would change that"));
        const Sweep faster = inventedSweep(1e-4, 1e-9, 1e-5, 1e-10);
        QVERIFY(!faster.crossover);
        const QString said = joined(sweepSentences(faster));
        QVERIFY(said.contains("faster at every size that was measured") && !said.contains("That is why"));
    }

    // A time that does not grow over a thousandfold load is noise, and an emulation's foretells nothing of a GPU.
    void foretellsOnlyFromWhatGrows() {
        QVERIFY(!inventedSweep(1e-5, 1e-9, 1e-2, 0.0).crossover);
        Sweep beyond = inventedSweep(1e-5, 1e-9, 1e-2, 1e-10);
        QVERIFY(beyond.crossover);
        beyond.lanes[1].emulated = true;
        judgeSweep(beyond);
        QVERIFY(!beyond.crossover);
    }

    // The whole step and its parts are measured apart: a part may take longer, but no more than all of it.
    void noShareIsMoreThanTheWhole() {
        Sweep sweep = inventedSweep(1e-5, 1e-9, 2e-4, 1e-10);
        sweep.lanes[1].smallest.kernels = 3.0 * sweep.lanes[1].smallest.whole;
        const QString said = joined(sweepSentences(sweep));
        QVERIFY2(said.contains("(100 %)") && !said.contains("(300 %)"), qPrintable(said));
    }

    // Nothing that an emulation measured is passed off as a GPU's.
    void emulationsAreCalledSo() {
        Sweep sweep = inventedSweep(1e-5, 1e-9, 2e-4, 1e-10);
        sweep.lanes[1].emulated = true;
        sweep.lanes[1].device = "Host emulation";
        const QString said = joined(sweepSentences(sweep));
        QVERIFY(said.startsWith("Host emulation: this processor stood in for a GPU"));
        QVERIFY(!said.contains("That is why a GPU"));
        QVERIFY(QString::fromStdString(sweepCsv(sweep)).contains("seconds Host emulation"));
        const auto json = nlohmann::json::parse(raceJson({}, {sweep}));
        QCOMPARE(json["sweeps"][0]["lanes"][1]["emulated"].get<bool>(), true);
    }

    void csvOfASweep() {
        const QStringList lines = QString::fromStdString(sweepCsv(inventedSweep(1e-5, 1e-9, 2e-4, 1e-10))).split("\r\n", Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 5);
        QCOMPARE(lines[0], "n,parameters,\"seconds CPU\",\"fitted CPU\",\"seconds CUDA\",\"fitted CUDA\"");
        QVERIFY(lines[1].startsWith("16,13002,"));
    }

    // Same seed, same images: the same losses on both, step for step, and both clocks.
    void aRace() {
        const auto race = runRace(tinyNetwork(), tinyDataset(), raceRecipe(), {cpuInRace("CPU"), emulation()}, 10);
        QVERIFY2(race.ok(), race.ok() ? "" : race.error().sentence().c_str());
        QCOMPARE(race->lanes.size(), std::size_t{2});
        for (const RaceLane& lane : race->lanes) {
            QCOMPARE(lane.steps.size(), std::size_t{10});
            QVERIFY(lane.step.whole > 0.0);
        }
        QVERIFY2(race->largestDifference() < 1e-3, qPrintable(QString::number(race->largestDifference())));
        const RaceStep& cpu = race->lanes[0].step;
        QVERIFY(cpu.layers.size() >= 3 && cpu.kernels > 0.0 && cpu.launch == 0.0 && cpu.copies == 0.0);
        QVERIFY(joined(raceSentences(*race)).contains("which is rounding"));
        for (const RaceLayer& layer : cpu.layers) QVERIFY2(layer.node && !layer.kind.empty() && layer.work.forward.bytes > 0.0, layer.name.c_str());
        QCOMPARE(QString::fromStdString(raceCsv(*race)).count("\r\n"), 11);
        QVERIFY(QString::fromStdString(raceLayersCsv(*race)).contains("\"step\","));
    }

    // A convolution 4 → 8 maps, 3×3, on 16×16 behind another one; a batch of 2. By hand: MACs 8·4·9·256 per image.
    void workOfAStep() {
        constexpr auto kSame = ChainBuilder::Pads::Same;
        const NetworkSpec spec = ChainBuilder("two").input({4, 16, 16}).conv({.filters = 4, .pads = kSame}).conv({.filters = 8, .pads = kSame}).relu().classifier(10).build();
        const Analysis analysis = analyze(spec);
        const double plane = 256, batch = 2, flop = 2.0 * batch * 8 * 4 * 9 * plane;
        const double weights = 4.0 * (8 * 4 * 9 + 8), inputs = 4.0 * batch * 4 * plane, outputs = 4.0 * batch * 8 * plane;
        const StepWork second = stepWork(spec, analysis, spec.nodes()[2].id, 2);
        QCOMPARE(second.forward.flop, flop);
        QCOMPARE(second.forward.bytes, weights + inputs + outputs);
        QCOMPARE(second.backward.flop, 2 * flop);
        QCOMPARE(second.backward.bytes, 2 * weights + 2 * inputs + outputs);
        const StepWork first = stepWork(spec, analysis, spec.nodes()[1].id, 2);
        QCOMPARE(first.backward.flop, first.forward.flop);  // nobody wants the images' gradient
        const StepWork relu = stepWork(spec, analysis, spec.nodes()[3].id, 2);
        QCOMPARE(relu.forward.flop, 0.0);
        QCOMPARE(relu.backward.bytes, 3 * outputs);
    }

    void ratesUnderTheRoofs() {
        const DevicePeak peak{.flops = 1e12, .tf32Flops = 8e12, .halfFlops = 16e12, .bytes = 1e11};
        const PassWork work{.flop = 4e9, .bytes = 1e8};  // 40 FLOP per byte
        const PassRate plain = passRate(work, 0.01, peak, Units::Plain);
        QCOMPARE(plain.flops, 4e11);
        QCOMPARE(plain.ofArithmetic, 0.4);
        QCOMPARE(plain.ofMemory, 0.1);
        QVERIFY(!plain.memoryBound);  // the ridge is at 10
        const PassRate tensor = passRate(work, 0.01, peak, Units::TensorTf32);
        QCOMPARE(tensor.ofArithmetic, 0.05);
        QVERIFY(tensor.memoryBound);  // there at 80
        QCOMPARE(passRate(work, 0.01, peak, Units::TensorHalf).ofArithmetic, 0.025);
        QVERIFY(passRate({.flop = 0.0, .bytes = 1e8}, 0.01, peak, Units::Plain).memoryBound);
        const PassRate unknown = passRate(work, 0.01, {}, Units::Plain);
        QVERIFY(unknown.flops == 4e11 && unknown.ofArithmetic == 0.0 && unknown.ofMemory == 0.0 && !unknown.memoryBound);
        QCOMPARE(passRate(work, 0.0, peak, Units::Plain).flops, 0.0);
    }

    void rooflineInWords() {
        RaceLane cpu{.id = "cpu", .device = "CPU", .peak = {.flops = 1e11, .bytes = 2e10}};
        cpu.step.layers = {{.name = "Conv 1", .forward = 1e-3, .work = {.forward = {.flop = 5e7, .bytes = 1e6}, .backward = {}}},
                           {.name = "Pool 1", .forward = 1e-3, .work = {.forward = {.flop = 0.0, .bytes = 1e6}, .backward = {}}}};
        RaceLane gpu{.id = "cuda:0", .device = "CUDA", .isGpu = true, .peak = {.flops = 2e13, .tf32Flops = 1.6e14, .halfFlops = 3.2e14, .bytes = 1e12}};
        gpu.step.layers = {{.name = "Conv 1", .forward = 1e-5, .backward = 2e-5, .started = 4, .occupancy = 0.5, .units = Units::TensorTf32,
                            .work = {.forward = {.flop = 5e7, .bytes = 1e6}, .backward = {.flop = 1e8, .bytes = 2e6}}}};
        Race race{.network = "n", .dataset = "d", .batch = 64, .lanes = {cpu, gpu}};
        const QString said = joined(rooflineSentences(race));
        QVERIFY2(said.contains("Of the 100 GFLOP/s that CPU can do in float32, Conv 1 reaches the largest share in its forward pass: 50 GFLOP/s, 50 %"), qPrintable(said));
        QVERIFY2(said.contains("no layer with MACs is limited by its memory (20 GB/s)"), qPrintable(said));
        QVERIFY2(said.contains("Of the 160 TFLOP/s that CUDA can do on its tensor cores, TF32, Conv 1 reaches the largest share in its forward pass: 5 TFLOP/s, 3.1 %; "
                               "1 of 1 layers with MACs is limited by its memory (1 TB/s)"),
                 qPrintable(said));
        const QStringList lines = QString::fromStdString(rooflineCsv(race)).split("\r\n", Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 7);
        QCOMPARE(lines[5], "\"CUDA\",\"Conv 1\",,forward,1e-05,5e+07,1e+06,5e+12,0.03125,1e+11,0.1,\"tensor cores, TF32\",0.5");
        const auto json = nlohmann::json::parse(raceJson(race, {}));
        QCOMPARE(json["lanes"][1]["peak"]["tf32_flops"].get<double>(), 1.6e14);
        QVERIFY(json["lanes"][0]["peak"]["tf32_flops"].is_null());
        // A stand-in has no roofs, and nothing is said of them.
        race.lanes[1].emulated = true;
        QCOMPARE(rooflineSentences(race).size(), std::size_t{1});
    }

    void sweeps() {
        const SweepOptions options{.widths = {32, 8, 8}, .batches = {2, 1}, .batch = 4, .width = 8, .seconds = 0.0};
        const auto widths = sweepWidths({cpuInRace("CPU"), emulation()}, options);
        QVERIFY2(widths.ok(), widths.ok() ? "" : widths.error().sentence().c_str());
        QCOMPARE(widths->sizes, (std::vector<double>{8, 32}));
        QCOMPARE(widths->load[0], denseParameters(8));
        for (const SweepLane& lane : widths->lanes) QVERIFY(lane.seconds.size() == 2 && lane.seconds[0] > 0.0 && lane.fit.at(1e5) > 0.0);
        QVERIFY(widths->lanes[0].smallest.layers.size() >= 3);
        const auto batches = sweepBatches({cpuInRace("CPU"), emulation()}, options);
        QVERIFY(batches.ok());
        QCOMPARE(batches->load, (std::vector<double>{1, 2}));
    }

    // A size that does not fit ends that device's curve, with the reason; the rest stands.
    void memoryEndsALane() {
        hostDevice().memoryBytes = 6'000'000;
        const SweepOptions options{.widths = {8, 16, 2048}, .batches = {}, .batch = 4, .width = 8, .seconds = 0.0};
        const auto sweep = sweepWidths({cpuInRace("CPU"), emulation()}, options);
        QVERIFY2(sweep.ok(), sweep.ok() ? "" : sweep.error().sentence().c_str());
        QCOMPARE(sweep->lanes[0].seconds.size(), std::size_t{3});
        QCOMPARE(sweep->lanes[1].seconds.size(), std::size_t{2});
        QVERIFY(sweep->lanes[1].ended && sweep->lanes[1].ended->code == ErrorCode::OutOfMemory);
        QVERIFY(joined(sweepSentences(*sweep)).contains("Larger sizes are missing: on Host emulation"));
    }

    void errorsNameTheDevice() {
        hostDevice().memoryBytes = 1000;
        const auto noRoom = runRace(tinyNetwork(), tinyDataset(), raceRecipe(), {cpuInRace("CPU"), emulation()}, 3);
        QVERIFY(!noRoom.ok() && noRoom.error().code == ErrorCode::OutOfMemory);
        QVERIFY(noRoom.error().sentence().starts_with("on Host emulation: "));
        RaceDevice lost = emulation();
        lost.compile = [](const NetworkSpec&, const CompileOptions&) -> Result<std::unique_ptr<Model>> {
            throw DeviceLost({ErrorCode::DeviceUnavailable, "it fell off the bus", {}, {}});
        };
        const auto sweep = sweepWidths({cpuInRace("CPU"), lost}, {.widths = {8}, .batches = {}, .batch = 2, .width = 8, .seconds = 0.0});
        QVERIFY(!sweep.ok() && sweep.error().sentence().find("fell off the bus") != std::string::npos);
    }

    void cancelled() {
        const auto never = [](double) { return false; };
        const auto race = runRace(tinyNetwork(), tinyDataset(), raceRecipe(), {cpuInRace("CPU")}, 10, never);
        QVERIFY(!race.ok() && race.error().code == ErrorCode::Cancelled);
        const auto sweep = sweepWidths({cpuInRace("CPU")}, {.widths = {8}, .batches = {}, .batch = 2, .width = 8, .seconds = 0.0}, never);
        QVERIFY(!sweep.ok() && sweep.error().code == ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestRace)
#include "tst_race.moc"
