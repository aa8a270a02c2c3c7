// Trainings whose device takes the next batch while it computes one: bit for bit what one step after the other makes, whatever
// happens between two steps. The device is this processor.
#include <QTest>

#include <cmath>

#include "core/data/augmentation.h"
#include "core/train/trainer.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"
#include "tests/gpu/same_run.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 20'000;  // milliseconds

CompileModel onDevice(bool ahead) {
    return [ahead](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(hostModule(), GpuSettings{.ahead = ahead}, spec, options); };
}

Recipe recipeOf(std::int64_t steps) {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = parseOptimizer("sgd").value();
    recipe.steps = steps;
    return recipe;
}

std::unique_ptr<TrainingLoop> loopOf(const Recipe& recipe, bool ahead, const Checkpoint* start = nullptr) {
    return TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, start, nullptr, {}, {}, onDevice(ahead)).value();
}

RunEnd runAhead(const Recipe& recipe, bool ahead, const Interference& interfere = {}) { return runOf(recipe, onDevice(ahead), interfere); }

std::string runsDiffer(const Recipe& recipe, const Interference& interfere = {}) {
    const RunEnd expected = runAhead(recipe, false, interfere);
    hostDevice().executor = nullptr;
    return differs(runAhead(recipe, true, interfere), expected);
}

#define VERIFY_SAME(...)                              \
    do {                                              \
        const std::string found = runsDiffer(__VA_ARGS__); \
        QVERIFY2(found.empty(), found.c_str());       \
    } while (false)

}  // namespace

class TestGpuAhead : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    // With every schedule (one of them looks at the validations), small last batches, and what makes batches and losses.
    void theSameCurve_data() {
        QTest::addColumn<QString>("schedule");
        QTest::addColumn<QString>("optimizer");
        QTest::addColumn<bool>("thorough");
        for (const char* schedule : {"constant", "cosine", "plateau:patience=0", "one_cycle"}) QTest::newRow(schedule) << schedule << "sgd" << false;
        QTest::newRow("adam, augmentation, smoothing, class weights, early stopping") << "constant" << "adam" << true;
    }
    void theSameCurve() {
        QFETCH(QString, schedule);
        QFETCH(QString, optimizer);
        QFETCH(bool, thorough);
        Recipe recipe = thorough ? thoroughRecipe(schedule.toStdString()) : recipeOf(31);
        recipe.schedule = parseSchedule(schedule.toStdString()).value();
        recipe.optimizer = parseOptimizer(optimizer.toStdString()).value();
        recipe.l1 = recipe.l2 = recipe.clipNorm = recipe.clipValue = recipe.averaging = 0.0;  // those are done in main memory
        recipe.earlyStopping = thorough ? 2 : 0;
        VERIFY_SAME(recipe);
    }

    // What needs the gradients or the weights of every step has them, one step after the other.
    void whatHasToSeeEveryStep() {
        Recipe recipe = recipeOf(12);
        recipe.averaging = 0.9;
        recipe.clipNorm = 0.5;
        VERIFY_SAME(recipe);
        const auto loop = loopOf(recipe, true);
        for (int step = 0; step < 3; ++step) QVERIFY(loop->runStep().ok());
        QCOMPARE(hostDevice().executor->bufferCalls, std::string());
    }

    // The next batch is on its way before the loss of a step is asked for, and its row comes with the step behind it.
    void aBatchComesMeanwhile() {
        const auto loop = loopOf(recipeOf(12), true);
        QVERIFY(loop->runStep().ok());
        QCOMPARE(hostDevice().executor->bufferCalls, std::string("s0 t0 l0 s1 "));
        QCOMPARE(loop->step(), 1);
        QVERIFY(loop->history().steps.empty());
        QVERIFY(loop->runStep().ok());
        QCOMPARE(hostDevice().executor->bufferCalls, std::string("s0 t0 l0 s1 t1 l1 s0 "));
        QCOMPARE(loop->history().steps.size(), std::size_t{1});
        QVERIFY(loop->settle().ok());
        QCOMPARE(loop->history().steps.size(), std::size_t{2});
        for (int i = 2; i < 5; ++i) QVERIFY(loop->runStep().ok());
        QCOMPARE(loop->history().steps.size(), std::size_t{5});  // a validation waits
        QCOMPARE(loop->history().validation.back().step, 5);
        QVERIFY(!QString::fromStdString(hostDevice().executor->bufferCalls).endsWith("s1 "));  // behind it may be another rate
    }

    void changesBetweenSteps() {
        VERIFY_SAME(recipeOf(40), [](TrainingLoop& loop, std::int64_t step) {
            Recipe live = loop.recipe();
            switch (step) {
                case 2: loop.setRate(0.02); break;
                case 4: loop.setWeightDecay(0.01); break;
                case 7: loop.setMomentum(0.0); break;
                case 8: loop.setMomentum(0.7); break;
                case 11: live.labelSmoothing = 0.2; break;
                case 13: live.clipNorm = 0.5; break;
                case 16: live.clipNorm = 0.0; break;
                case 18: live.augmentations = {parseAugmentation("shift").value()}; break;
                case 21: live.classWeights.balanced = true; break;
                case 23: loop.setRate(0.03); loop.setRate(0.01); break;
                default: break;
            }
            loop.takeOver(live);
        });
    }

    void observersBetweenSteps() {
        const auto look = [](TrainingLoop& loop, std::int64_t step) {
            if (step % 3 == 0) {
                const WeightSetPtr seen = loop.publish();
                QCOMPARE(seen->step, step);
                QCOMPARE(static_cast<std::int64_t>(loop.history().steps.size()), step);
            }
            if (step == 7) QVERIFY(loop.validateNow().ok());
            if (step == 8) QCOMPARE(loop.checkpoint().step, 8);
            if (step == 9) loop.model().parameters();
        };
        VERIFY_SAME(recipeOf(23), look);
        const RunEnd watched = runAhead(recipeOf(23), true, [&](TrainingLoop& loop, std::int64_t step) { if (step != 7) look(loop, step); }), alone = runAhead(recipeOf(23), true);
        const std::string found = differs(watched.history, alone.history);
        QVERIFY2(found.empty() && sameState(watched.end, alone.end), found.c_str());
    }

    void movesBetweenSteps() {
        const auto moving = [](bool ahead) {
            return [ahead](TrainingLoop& loop, std::int64_t step) {
                if (step == 3 || step == 12) QVERIFY(loop.moveTo(Model::compile).ok());
                if (step == 6 || step == 14) QVERIFY(loop.moveTo(onDevice(ahead)).ok());
                if (step != 8) return;
                hostDevice().memoryBytes = 4000;  // no room there: it goes on here, with the batch that waits
                QVERIFY(!loop.moveTo(onDevice(ahead)).ok());
                hostDevice().memoryBytes = std::size_t{1} << 30;
            };
        };
        const RunEnd expected = runAhead(recipeOf(23), false, moving(false)), got = runAhead(recipeOf(23), true, moving(true));
        QVERIFY(expected.status.ok() && got.status.ok());
        const std::string found = differs(got.history, expected.history);
        QVERIFY2(found.empty(), found.c_str());
        QVERIFY(sameState(got.end, expected.end));
    }

    void resumesInTheMiddle() {
        const RunEnd whole = runAhead(recipeOf(23), false);
        const auto first = loopOf(recipeOf(23), true);
        for (int i = 0; i < 8; ++i) QVERIFY(first->runStep().ok());
        const Checkpoint middle = first->checkpoint();
        QCOMPARE(middle.step, 8);
        QCOMPARE(first->history().steps.size(), std::size_t{8});
        const auto second = loopOf(recipeOf(23), true, &middle);
        while (!second->finished()) QVERIFY(second->runStep().ok());
        QVERIFY(sameState(second->checkpoint(), whole.end));
    }

    // Found a step later, told of the step where it was, with the same words; what is kept is the last good one.
    void divergence_data() {
        QTest::addColumn<int>("at");
        for (const int at : {0, 3, 4, 7}) QTest::addRow("after step %d", at) << at;
    }
    void divergence() {
        QFETCH(int, at);
        const auto blowUp = [at](TrainingLoop& loop, std::int64_t step) { if (step == at) loop.setRate(1e38); };
        const RunEnd expected = runAhead(recipeOf(20), false, blowUp), got = runAhead(recipeOf(20), true, blowUp);
        QVERIFY(!expected.status.ok() && !got.status.ok());
        QCOMPARE(got.status.error().code, ErrorCode::Diverged);
        QCOMPARE(got.status.error().sentence(), expected.status.error().sentence());
        QVERIFY(sameState(got.end, expected.end));
        const std::string found = differs(got.history, expected.history);
        QVERIFY2(found.empty(), found.c_str());
    }

    // Whatever is published between two steps has a finite loss behind it, or is the last good one.
    void nothingBadIsPublished() {
        const auto loop = loopOf(recipeOf(20), true);
        for (int i = 0; i < 6; ++i) QVERIFY(loop->runStep().ok());
        loop->setRate(1e38);
        Status status;
        while (status.ok()) {
            status = loop->runStep();
            if (loop->publish()->step == 5) break;
        }
        QCOMPARE(loop->checkpoint().step, 5);
        QVERIFY(std::ranges::all_of(loop->publish()->parameters, [](float value) { return std::isfinite(value); }));
        QCOMPARE(loop->runStep().error().code, ErrorCode::Diverged);
        QCOMPARE(loop->moveTo(Model::compile).error().code, ErrorCode::Diverged);
        QVERIFY(!loop->validateNow().ok());
    }

    void theDeviceIsLostWithABatch() {
        for (const int steps : {1, 7}) {
            const auto loop = loopOf(recipeOf(20), true);
            for (int i = 0; i < steps; ++i) QVERIFY(loop->runStep().ok());
            hostDevice().executor->broken = {kGpuDriverFailed, "cudaErrorIllegalAddress in a CUDA kernel"};
            const Status failed = loop->runStep();
            QCOMPARE(failed.error().code, ErrorCode::DeviceUnavailable);
            QCOMPARE(loop->step(), steps < 5 ? 0 : 5);
            const Checkpoint kept = loop->checkpoint();
            QVERIFY(!loop->settle().ok() && !loop->runStep().ok());
            const auto rest = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipeOf(20), &kept).value();
            while (!rest->finished()) QVERIFY(rest->runStep().ok());
            QCOMPARE(rest->step(), 20);
        }
    }

    // While a step is computed, and nobody has asked for its loss yet.
    void theDeviceIsLostWhileItComputes() {
        const auto loop = loopOf(recipeOf(20), true);
        for (int i = 0; i < 7; ++i) QVERIFY(loop->runStep().ok());
        hostDevice().executor->broken = {kGpuDriverFailed, "the cable"};
        QCOMPARE(loop->publish()->step, 5);
        QCOMPARE(loop->checkpoint().step, 5);
        QCOMPARE(loop->runStep().error().code, ErrorCode::DeviceUnavailable);
    }

    // Through the trainer's thread: pauses, single steps and ends wait for what is computed; no row is missing.
    void theTrainer() {
        Trainer trainer;
        Recipe recipe = recipeOf(1'000'000);
        recipe.validationEvery = 1000;
        trainer.start(tinyNetwork(), [] { return Result<DatasetPtr>(tinyDataset()); }, recipe, false, {}, {}, {}, {}, {"emulated:0", onDevice(true)});
        const auto wait = [](const auto& condition) { return QTest::qWaitFor(condition, kPatience); };
        History rows;
        const auto allRows = [&] {
            rows.append(trainer.takeMetrics().rows);
            for (std::size_t i = 0; i < rows.steps.size(); ++i) if (rows.steps[i].step != static_cast<std::int64_t>(i) + 1) return false;
            return !rows.steps.empty() && rows.steps.back().step == trainer.status().step;
        };
        QVERIFY(wait([&] { return trainer.status().step > 5; }));
        trainer.pause();
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Paused; }));
        QVERIFY(allRows());
        QCOMPARE(trainer.latestWeights()->step, trainer.status().step);
        const std::int64_t before = trainer.status().step;
        trainer.stepOnce();
        QVERIFY(wait([&] { return trainer.status().step == before + 1 && trainer.status().state == TrainerState::Paused; }));
        QVERIFY(allRows());
        QCOMPARE(trainer.takeCheckpoint()->step, before + 1);
        trainer.resume();
        trainer.requestWeights();
        QVERIFY(wait([&] { return trainer.status().step > before + 20; }));
        trainer.stop();
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Cancelled; }));
        QVERIFY(allRows());
        // A loss that is not finite, found while it is paused.
        trainer.start(tinyNetwork(), [] { return Result<DatasetPtr>(tinyDataset()); }, recipe, true, {}, {}, {}, {}, {"emulated:0", onDevice(true)});
        trainer.setRate(1e38);
        for (int i = 0; i < 5; ++i) {
            trainer.stepOnce();
            QVERIFY(wait([&] { return trainer.status().step == i + 1 || trainer.status().state == TrainerState::Failed; }));
        }
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Failed; }));
        QCOMPARE(trainer.status().error->code, ErrorCode::Diverged);
    }
};

QTEST_GUILESS_MAIN(TestGpuAhead)
#include "tst_gpu_ahead.moc"
