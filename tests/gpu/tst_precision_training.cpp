// Whole trainings in mixed precision, on a device that is this processor: real digits as well as in float32, the scale of fp16 through
// checkpoints, documents and moves, skipped steps that are no divergence, and what is one.
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "core/graph/presets.h"
#include "core/project/project_file.h"
#include "core/train/trainer.h"
#include "datasets/catalogue.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"
#include "tests/support/data_dir.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevice(ConvolabGpuPrecision precision) {
    return [precision](const NetworkSpec& spec, const CompileOptions& options) {
        return compileOnGpu(hostModule(), GpuSettings{.ordinals = {0}, .precision = precision}, spec, options);
    };
}

std::unique_ptr<TrainingLoop> loopOf(const Recipe& recipe, const CompileModel& compile, const Checkpoint* start = nullptr) {
    return TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, start, nullptr, {}, {}, compile).value();
}

void makeSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) {
        const Status made = loop.runStep();
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().sentence().c_str());
    }
}

Recipe recipeOf(std::int64_t steps, double clipNorm = 0.0) {
    Recipe recipe = tinyRecipe();
    recipe.steps = steps;
    recipe.clipNorm = clipNorm;  // the optimizer then runs in main memory
    return recipe;
}

Checkpoint withScale(Checkpoint checkpoint, double scale) {
    checkpoint.lossScaling = LossScaling{.scale = scale};
    return checkpoint;
}

void places() {
    QTest::addColumn<double>("clipNorm");
    QTest::newRow("updated on the device") << 0.0;
    QTest::newRow("updated in main memory") << 1.0;
}

}  // namespace

class TestPrecisionTraining : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    void realDigits() {
        CONVOLAB_NEEDS_DATA(folder, "mnist");
        const NetworkSpec spec = makePreset("lenet-like").value();
        const DatasetPtr digits = fitted(limited(openDataset({.name = "mnist", .dataDir = QFileInfo(folder).path().toStdString()}).value(), 1500), *analyze(spec).inputShape).value();
        Recipe recipe;
        recipe.dataset = "mnist";
        recipe.batchSize = 25;
        recipe.steps = 60;
        recipe.rate = 3e-3;
        recipe.validationEvery = 1000;
        double accuracy[4] = {};
        for (const ConvolabGpuPrecision precision : {kGpuFloat32, kGpuBf16, kGpuFp16}) {
            const auto loop = TrainingLoop::create(spec, digits, recipe, nullptr, nullptr, {}, {}, onDevice(precision)).value();
            while (!loop->finished()) makeSteps(*loop, 1);
            accuracy[precision] = evaluate(spec, *loop->publish(), *digits, Split::Test, 1000)->accuracy;
            qInfo("precision %d: %.1f %%, %zu steps", precision, 100 * accuracy[precision], loop->history().steps.size());
            if (precision != kGpuFp16) continue;
            QVERIFY(loop->lossScaling().has_value());
            QVERIFY2(loop->lossScaling()->skippedSteps < 10, qPrintable(QString::number(loop->lossScaling()->skippedSteps)));
        }
        QVERIFY(accuracy[kGpuFloat32] > 0.8);
        for (const ConvolabGpuPrecision precision : {kGpuBf16, kGpuFp16}) QVERIFY(accuracy[precision] > accuracy[kGpuFloat32] - 0.03);
    }

    // Scales that are too large at first: steps are skipped, the run goes on and learns.
    void skippedStepsAreNoDivergence_data() { places(); }
    void skippedStepsAreNoDivergence() {
        QFETCH(double, clipNorm);
        const auto fresh = loopOf(recipeOf(40, clipNorm), onDevice(kGpuFp16));
        const Checkpoint start = withScale(fresh->checkpoint(), 0x1p30);
        const auto loop = loopOf(recipeOf(40, clipNorm), onDevice(kGpuFp16), &start);
        const std::vector<float> weights = loop->publish()->parameters;
        makeSteps(*loop, 1);
        QVERIFY(sameBits(loop->publish()->parameters, weights));
        makeSteps(*loop, 39);
        QVERIFY(loop->finished());
        const LossScaling scaling = loop->lossScaling().value();
        QVERIFY2(scaling.skippedSteps > 3 && scaling.skippedSteps < 30, qPrintable(QString::number(scaling.skippedSteps)));
        QCOMPARE(scaling.scale, 0x1p30 / std::pow(2.0, static_cast<double>(scaling.skippedSteps)));
        QVERIFY(loop->history().steps.back().loss < loop->history().steps.front().loss);
        QCOMPARE(loop->history().steps.size(), std::size_t{40});
    }

    void aLossThatIsNoneStaysADivergence() {
        for (const ConvolabGpuPrecision precision : {kGpuFloat32, kGpuBf16}) {
            Checkpoint start = loopOf(recipeOf(10), onDevice(precision))->checkpoint();
            start.weights.parameters.back() = std::nanf("");
            const auto loop = loopOf(recipeOf(10), onDevice(precision), &start);
            const Status failed = [&] {
                Status last = loop->runStep();
                return last.ok() ? loop->runStep() : last;
            }();
            QVERIFY(!failed.ok());
            QCOMPARE(failed.error().code, ErrorCode::Diverged);
        }
    }

    // Weights that give no finite gradient at any scale: said after 32 steps, not tried for ever.
    void noScaleHelps() {
        Checkpoint start = loopOf(recipeOf(100), onDevice(kGpuFp16))->checkpoint();
        start.weights.parameters.back() = std::nanf("");
        Recipe recipe = recipeOf(100);
        recipe.validationEvery = 1000;
        const auto loop = loopOf(recipe, onDevice(kGpuFp16), &start);
        Status made;
        int steps = 0;
        for (; steps < 60 && made.ok(); ++steps) made = loop->runStep();
        QVERIFY(!made.ok() && steps >= 32);
        QCOMPARE(made.error().code, ErrorCode::Diverged);
        const std::string sentence = made.error().sentence();
        QVERIFY2(sentence.find("32 steps in a row") != std::string::npos && sentence.find("bf16") != std::string::npos, sentence.c_str());
    }

    // Through a checkpoint in the middle of skipped steps, in a document: the same bits as without.
    void resumesBitForBit_data() { places(); }
    void resumesBitForBit() {
        QFETCH(double, clipNorm);
        const Checkpoint start = withScale(loopOf(recipeOf(24, clipNorm), onDevice(kGpuFp16))->checkpoint(), 0x1p28);
        const auto whole = loopOf(recipeOf(24, clipNorm), onDevice(kGpuFp16), &start);
        makeSteps(*whole, 24);
        const auto first = loopOf(recipeOf(24, clipNorm), onDevice(kGpuFp16), &start);
        makeSteps(*first, 7);
        QTemporaryDir folder;
        const std::string file = folder.filePath("run.convolab").toStdString();
        {
            const auto project = ProjectFile::create(file).value();
            project->writeSpec(tinyNetwork());
            const std::int64_t run = project->beginRun(tinyNetwork(), recipeOf(24, clipNorm), "cuda:0 fp16");
            project->writeCheckpoint(run, first->checkpoint());
            QVERIFY(project->flush().ok());
            Checkpoint other = first->checkpoint();
            other.lossScaling.reset();
            const std::int64_t plain = project->beginRun(tinyNetwork(), recipeOf(24, clipNorm), "cpu");
            project->writeCheckpoint(plain, other);
            QVERIFY(project->flush().ok());
        }
        const auto project = ProjectFile::open(file).value();
        const auto runs = project->readRuns().value();
        const Checkpoint read = project->readLastCheckpoint(runs[0].id).value().value();
        QCOMPARE(read.lossScaling.value(), first->lossScaling().value());
        QVERIFY(read.lossScaling->skippedSteps > 0);
        QVERIFY(!project->readLastCheckpoint(runs[1].id).value()->lossScaling.has_value());
        const auto second = loopOf(recipeOf(24, clipNorm), onDevice(kGpuFp16), &read);
        makeSteps(*second, 17);
        QVERIFY(sameState(second->checkpoint(), whole->checkpoint()));
        QCOMPARE(second->lossScaling().value(), whole->lossScaling().value());
    }

    // To float32 and back in mid-run: the scale waits for it.
    void aRunChangesItsPrecision() {
        const Checkpoint start = withScale(loopOf(recipeOf(20), onDevice(kGpuFp16))->checkpoint(), 0x1p24);
        const auto loop = loopOf(recipeOf(20), onDevice(kGpuFp16), &start);
        makeSteps(*loop, 5);
        const LossScaling before = loop->lossScaling().value();
        const Checkpoint there = loop->checkpoint();
        QVERIFY(loop->moveTo(onDevice(kGpuFloat32)).ok());
        QVERIFY(sameState(loop->checkpoint(), there));
        makeSteps(*loop, 3);
        QCOMPARE(loop->lossScaling().value(), before);
        QVERIFY(loop->moveTo(Model::compile).ok());
        makeSteps(*loop, 2);
        QVERIFY(loop->moveTo(onDevice(kGpuFp16)).ok());
        QCOMPARE(loop->lossScaling().value(), before);
        makeSteps(*loop, 10);
        QVERIFY(loop->finished());
        QVERIFY(loop->lossScaling()->goodSteps > before.goodSteps || loop->lossScaling()->skippedSteps > before.skippedSteps);
        QVERIFY(!loopOf(recipeOf(5), onDevice(kGpuBf16))->lossScaling().has_value());
    }
};

QTEST_GUILESS_MAIN(TestPrecisionTraining)
#include "tst_precision_training.moc"
