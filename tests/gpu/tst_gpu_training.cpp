// Trainings on a device that is this processor: the same recipes and checkpoints as on the CPU, a run that changes devices
// between two steps, and devices that fail.
#include <QTest>
#include <cmath>

#include "core/train/trainer.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 20'000;  // milliseconds

CompileModel onDevice() { return compilerOf(hostModule()); }
TrainingDevice hostDeviceNamed() { return {"emulated:0", onDevice()}; }

// With momentum: Adam would blow up the rounding that is the whole gradient of a bias before a batch norm.
Recipe momentumRecipe(std::int64_t steps) {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = parseOptimizer("sgd").value();
    recipe.steps = steps;
    return recipe;
}

std::unique_ptr<TrainingLoop> loopOf(const Recipe& recipe, const CompileModel& compile, const Checkpoint* start = nullptr) {
    return TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, start, nullptr, {}, {}, compile).value();
}

void makeSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) QVERIFY(loop.runStep().ok());
}

bool isClose(double got, double expected) { return std::abs(got - expected) < 1e-3 * std::max(1.0, std::abs(expected)); }

}  // namespace

class TestGpuTraining : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    // Whole trainings with validation, against the processor's losses.
    void tenSteps_data() {
        QTest::addColumn<bool>("thorough");
        QTest::newRow("plain") << false;
        QTest::newRow("with everything") << true;
    }
    void tenSteps() {
        QFETCH(bool, thorough);
        Recipe recipe = thorough ? thoroughRecipe("cosine") : momentumRecipe(10);
        recipe.steps = 10;
        recipe.optimizer = momentumRecipe(10).optimizer;
        std::vector<History> histories;
        for (const CompileModel& compile : {CompileModel(Model::compile), onDevice()}) {
            const auto loop = loopOf(recipe, compile);
            makeSteps(*loop, 10);
            histories.push_back(loop->history());
        }
        QCOMPARE(histories[1].steps.size(), std::size_t{10});
        for (std::size_t i = 0; i < 10; ++i) {
            const double expected = histories[0].steps[i].loss, got = histories[1].steps[i].loss;
            QVERIFY2(isClose(got, expected), qPrintable(QString("step %1: %2, not %3").arg(i + 1).arg(got).arg(expected)));
        }
        QCOMPARE(histories[1].validation.size(), histories[0].validation.size());
        QVERIFY(isClose(histories[1].validation.back().loss, histories[0].validation.back().loss));
    }

    // A document goes from the processor to the device and back: the checkpoint is the same kind of thing.
    void checkpointsChangeDevices() {
        const Recipe recipe = momentumRecipe(12);
        const auto reference = loopOf(recipe, Model::compile);
        makeSteps(*reference, 12);
        const auto first = loopOf(recipe, Model::compile);
        makeSteps(*first, 4);
        const Checkpoint toDevice = first->checkpoint();
        const auto second = loopOf(recipe, onDevice(), &toDevice);
        makeSteps(*second, 4);
        const Checkpoint back = second->checkpoint();
        QCOMPARE(back.step, 8);
        const auto third = loopOf(recipe, Model::compile, &back);
        makeSteps(*third, 4);
        QVERIFY(relativeError(third->checkpoint().weights.parameters, reference->checkpoint().weights.parameters) < 1e-3);
    }

    // Live changes decide where the optimizer runs; its state goes along each time.
    void theOptimizerChangesPlaces() {
        std::vector<Checkpoint> ends;
        for (const CompileModel& compile : {CompileModel(Model::compile), onDevice()}) {
            const auto loop = loopOf(momentumRecipe(12), compile);
            makeSteps(*loop, 3);
            Recipe clipped = loop->recipe();
            clipped.clipNorm = 0.5;
            loop->takeOver(clipped);
            makeSteps(*loop, 3);
            clipped.clipNorm = 0.0;
            loop->takeOver(clipped);
            makeSteps(*loop, 3);
            loop->setMomentum(0.0);
            makeSteps(*loop, 1);
            loop->setMomentum(0.5);
            makeSteps(*loop, 2);
            ends.push_back(loop->checkpoint());
        }
        QVERIFY(relativeError(ends[1].weights.parameters, ends[0].weights.parameters) < 1e-3);
        QVERIFY(relativeError(ends[1].optimizerState, ends[0].optimizerState) < 1e-2);
    }

    // Between any two steps of a run: weights, momentum, position, schedule and random numbers go along.
    void aRunMovesAndMovesBack_data() {
        QTest::addColumn<double>("averaging");
        QTest::newRow("updated on the device") << 0.0;
        QTest::newRow("updated in main memory") << 0.9;
    }
    void aRunMovesAndMovesBack() {
        QFETCH(double, averaging);
        Recipe recipe = momentumRecipe(12);
        recipe.schedule = parseSchedule("cosine").value();
        recipe.averaging = averaging;
        recipe.labelSmoothing = 0.1;
        const auto reference = loopOf(recipe, Model::compile);
        makeSteps(*reference, 12);
        const auto loop = loopOf(recipe, Model::compile);
        makeSteps(*loop, 3);
        QVERIFY(loop->moveTo(onDevice()).ok());
        QVERIFY(hostDevice().executor != nullptr);
        makeSteps(*loop, 4);
        QVERIFY(loop->moveTo(Model::compile).ok());
        makeSteps(*loop, 5);
        QVERIFY(loop->finished());
        const History &expected = reference->history(), &got = loop->history();
        QCOMPARE(got.steps.size(), expected.steps.size());
        for (std::size_t i = 0; i < got.steps.size(); ++i) {
            QCOMPARE(got.steps[i].step, expected.steps[i].step);
            QCOMPARE(got.steps[i].rate, expected.steps[i].rate);
            QCOMPARE(got.steps[i].images, expected.steps[i].images);
            QVERIFY2(isClose(got.steps[i].loss, expected.steps[i].loss), qPrintable(QString::number(i)));
        }
        const Checkpoint a = loop->checkpoint(), b = reference->checkpoint();
        QVERIFY(relativeError(a.weights.parameters, b.weights.parameters) < 1e-3);
        QVERIFY(relativeError(a.optimizerState, b.optimizerState) < 1e-2);
        QVERIFY(relativeError(a.averaged, b.averaged) < 1e-3);
        QCOMPARE(a.position.epoch, b.position.epoch);
        QCOMPARE(a.position.batch, b.position.batch);
    }

    // A move by itself changes nothing at all: the weights are the same bits on the other side.
    void aMoveCarriesTheBits() {
        const auto loop = loopOf(momentumRecipe(12), Model::compile);
        makeSteps(*loop, 4);
        const Checkpoint before = loop->checkpoint();
        QVERIFY(loop->moveTo(onDevice()).ok());
        QVERIFY(sameState(loop->checkpoint(), before));
        QVERIFY(loop->moveTo(Model::compile).ok());
        QVERIFY(sameState(loop->checkpoint(), before));
    }

    // No room there: said with numbers, and the run goes on where it was, bit for bit.
    void aMoveThatIsNotPossible() {
        const auto reference = loopOf(momentumRecipe(12), Model::compile);
        makeSteps(*reference, 12);
        const auto loop = loopOf(momentumRecipe(12), Model::compile);
        makeSteps(*loop, 4);
        hostDevice().memoryBytes = 4000;
        const Status refused = loop->moveTo(onDevice());
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
        makeSteps(*loop, 8);
        QVERIFY(sameState(loop->checkpoint(), reference->checkpoint()));
    }

    void repeatsBitForBit() {
        std::vector<Checkpoint> ends;
        for (int run = 0; run < 2; ++run) {
            const auto loop = loopOf(tinyRecipe(), onDevice());
            makeSteps(*loop, 30);
            ends.push_back(loop->checkpoint());
        }
        QVERIFY(sameState(ends[0], ends[1]));
    }

    // The run ends with a sentence and stands at its last good checkpoint; from there it goes on on the processor.
    void aDeviceThatIsLost() {
        const auto loop = loopOf(momentumRecipe(12), onDevice());
        makeSteps(*loop, 7);
        const WeightSetPtr before = loop->publish();
        hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
        const Status failed = loop->runStep();
        QVERIFY(!failed.ok());
        QCOMPARE(failed.error().code, ErrorCode::DeviceUnavailable);
        const QString sentence = QString::fromStdString(failed.error().sentence());
        QVERIFY2(sentence.contains("cudaErrorIllegalAddress") && sentence.contains("step 5 are kept"), qPrintable(sentence));
        QCOMPARE(loop->step(), 5);  // the latest validation
        QCOMPARE(loop->checkpoint().step, 5);
        QVERIFY(!loop->runStep().ok());
        QVERIFY(!loop->moveTo(Model::compile).ok());
        QVERIFY(loop->publish()->parameters != before->parameters);
        const Checkpoint kept = loop->checkpoint();
        const auto rest = loopOf(momentumRecipe(12), Model::compile, &kept);
        makeSteps(*rest, 7);
        QCOMPARE(rest->step(), 12);
    }

    // Through the trainer's thread while it runs: no row is missing, and the status says where it computes.
    void theTrainerMoves() {
        Trainer trainer;
        Recipe recipe = momentumRecipe(1'000'000);
        recipe.validationEvery = 1000;
        trainer.start(tinyNetwork(), [] { return Result<DatasetPtr>(tinyDataset()); }, recipe);
        const auto wait = [](const auto& condition) { return QTest::qWaitFor(condition, kPatience); };
        QVERIFY(wait([&] { return trainer.status().step > 5; }));
        QCOMPARE(trainer.status().device, "cpu");
        trainer.moveTo(hostDeviceNamed());
        QVERIFY(wait([&] { return trainer.status().device == "emulated:0"; }));
        const TrainerStatus moved = trainer.status();
        QVERIFY(!moved.moving && !moved.moveProblem);
        QVERIFY(trainer.plan().front().implementation.find("CUDA") != std::string::npos);
        QVERIFY(wait([&] { return trainer.status().step > moved.step + 3; }));
        trainer.pause();
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Paused; }));
        trainer.moveTo({});  // while it is paused too
        QVERIFY(wait([&] { return trainer.status().device == "cpu"; }));
        hostDevice().memoryBytes = 4000;
        trainer.moveTo(hostDeviceNamed());
        QVERIFY(wait([&] { return trainer.status().moveProblem.has_value(); }));
        QCOMPARE(trainer.status().device, "cpu");
        QCOMPARE(trainer.status().state, TrainerState::Paused);
        trainer.stop();
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Cancelled; }));
        const History history = trainer.takeMetrics().rows;
        QCOMPARE(history.moves.size(), std::size_t{2});  // the third was refused
        QVERIFY(history.moves[0].from == "cpu" && history.moves[0].to == "emulated:0" && history.moves[0].step >= 5 && history.moves[0].epoch > 0.0);
        QVERIFY(history.moves[1].from == "emulated:0" && history.moves[1].to == "cpu" && history.moves[1].step > history.moves[0].step);
        const std::vector<StepMetrics>& rows = history.steps;
        for (std::size_t i = 0; i < rows.size(); ++i) QCOMPARE(rows[i].step, static_cast<std::int64_t>(i) + 1);
        QVERIFY(!rows.empty() && rows.back().step == trainer.status().step);
    }
};

QTEST_GUILESS_MAIN(TestGpuTraining)
#include "tst_gpu_training.moc"
