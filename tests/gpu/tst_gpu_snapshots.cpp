// Weights to look at while a training goes on: they hold up no step, are all of one step, and change nothing. The device is this
// processor, whose pictures arrive when they have been asked for often enough.
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

CompileModel onDevice(int delay, bool ahead = true, int devices = 1) {
    return [delay, ahead, devices](const NetworkSpec& spec, const CompileOptions& options) {
        GpuSettings settings{.ahead = ahead};
        for (int i = 1; i < devices; ++i) settings.ordinals.push_back(i);
        auto model = compileOnGpu(hostModule(), settings, spec, options);
        if (model.ok()) (devices > 1 ? hostDevice().first : hostDevice().executor)->captureDelay = delay;
        return model;
    };
}

Recipe recipeOf(std::int64_t steps) {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = parseOptimizer("sgd").value();
    recipe.steps = steps;
    return recipe;
}

std::unique_ptr<TrainingLoop> loopOf(const Recipe& recipe, const CompileModel& compile) {
    return TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, nullptr, nullptr, {}, {}, compile).value();
}

/// The weights behind every step, the first before any.
std::vector<WeightSetPtr> weightsOfEveryStep(const Recipe& recipe, const CompileModel& compile) {
    const auto loop = loopOf(recipe, compile);
    std::vector<WeightSetPtr> list{loop->publish()};
    while (!loop->finished() && loop->runStep().ok()) list.push_back(loop->publish());
    return list;
}

}  // namespace

class TestGpuSnapshots : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    // Two places: the newest complete one, and one that comes.
    void theNewestComplete() {
        gpu::HostExecutor executor(1 << 20);
        gpu::Snapshots snapshots;
        std::int64_t memory[2] = {0, 0};
        std::byte* shadow = nullptr;
        QVERIFY(executor.allocate(sizeof memory, &shadow).ok());
        const gpu::Executor::Piece pieces[] = {{&memory[0], sizeof memory[0]}, {&memory[1], sizeof memory[1]}};
        const auto post = [&](std::int64_t step) {
            memory[0] = step;
            memory[1] = -step;
            bool posted = false;
            const bool fine = snapshots.post(executor, step, pieces, shadow, &posted).ok();
            memory[0] = memory[1] = 777;  // what runs next
            return fine && posted;
        };
        const auto take = [&]() -> std::int64_t {
            const std::byte* picture = nullptr;
            gpu::Index step = 0;
            if (!snapshots.take(executor, &picture, &step).ok()) return -2;
            if (picture == nullptr) return -1;
            std::int64_t seen[2];
            std::memcpy(seen, picture, sizeof seen);
            return seen[0] == step && seen[1] == -step ? step : -3;
        };
        QCOMPARE(take(), -1);
        executor.captureDelay = 2;
        QVERIFY(post(1));
        QVERIFY(!post(2));  // the first is on its way
        QCOMPARE(take(), -1);
        QCOMPARE(take(), 1);
        QCOMPARE(take(), -1);  // each once
        executor.captureDelay = 0;
        QVERIFY(post(3));
        QVERIFY(post(4));  // 3 has arrived meanwhile
        QCOMPARE(take(), 4);   // the newest; nobody gets 3 any more
        QCOMPARE(take(), -1);
        executor.release(shadow);
    }

    // Whoever comes while a newer one is on its way gets the one that is there.
    void whatIsThereWhileOneComes() {
        gpu::HostExecutor executor(1 << 20);
        gpu::Snapshots snapshots;
        std::int64_t memory = 5;
        std::byte* shadow = nullptr;
        QVERIFY(executor.allocate(sizeof memory, &shadow).ok());
        const gpu::Executor::Piece piece{&memory, sizeof memory};
        bool posted = false;
        QVERIFY(snapshots.post(executor, 5, {&piece, 1}, shadow, &posted).ok() && posted);
        memory = 6;
        QVERIFY(snapshots.post(executor, 6, {&piece, 1}, shadow, &posted).ok() && posted);
        executor.captureDelay = 100;
        const std::byte* picture = nullptr;
        gpu::Index step = 0;
        QVERIFY(snapshots.take(executor, &picture, &step).ok());
        QCOMPARE(step, 5);
        QCOMPARE(*reinterpret_cast<const std::int64_t*>(picture), 5);
        executor.broken = {kGpuDriverFailed, "the cable"};
        QVERIFY(!snapshots.take(executor, &picture, &step).ok());
        executor.release(shadow);
    }

    // Posted at every step, asked for at every step, arriving at any: each is bit for bit that of the step whose number it has, and the run
    // is the same as one that nobody watches.
    void watchedAndAlone_data() {
        QTest::addColumn<int>("delay");
        QTest::addColumn<bool>("ahead");
        QTest::addColumn<int>("devices");
        for (const int delay : {0, 1, 3, 7}) {
            QTest::addRow("after %d, ahead", delay) << delay << true << 1;
            QTest::addRow("after %d", delay) << delay << false << 1;
        }
        QTest::addRow("of a group") << 2 << true << 2;
    }
    void watchedAndAlone() {
        QFETCH(int, delay);
        QFETCH(bool, ahead);
        QFETCH(int, devices);
        const Recipe recipe = recipeOf(33);
        const CompileModel compile = onDevice(delay, ahead, devices);
        const std::vector<WeightSetPtr> expected = weightsOfEveryStep(recipe, compile);
        QCOMPARE(expected.size(), std::size_t{34});
        const auto alone = loopOf(recipe, compile), watched = loopOf(recipe, compile);
        while (!alone->finished()) QVERIFY(alone->runStep().ok());
        int taken = 0;
        std::int64_t latest = -1;
        while (!watched->finished()) {
            QVERIFY(watched->postWeights());
            if (const WeightSetPtr weights = watched->takeWeights()) {
                ++taken;
                QVERIFY(weights->step > latest && weights->step <= watched->step());
                latest = weights->step;
                QVERIFY(sameWeights(*weights, *expected[static_cast<std::size_t>(weights->step)]));
            }
            QVERIFY(watched->runStep().ok());
        }
        QVERIFY2(taken >= 33 / (delay + 3), qPrintable(QString::number(taken)));
        QVERIFY(sameState(watched->checkpoint(), alone->checkpoint()));
        for (std::size_t i = 0; i < 33; ++i) QCOMPARE(watched->history().steps[i].loss, alone->history().steps[i].loss);
    }

    // What a step has made is shown when the loss of that step is known, and not at all if it is not finite.
    void notBeforeItsLoss() {
        const auto loop = loopOf(recipeOf(20), onDevice(0));
        for (int i = 0; i < 6; ++i) QVERIFY(loop->runStep().ok());
        QVERIFY(loop->postWeights());
        QVERIFY(loop->takeWeights() == nullptr);
        QVERIFY(loop->runStep().ok());
        QCOMPARE(loop->takeWeights()->step, 6);
        loop->setRate(1e38);
        QVERIFY(loop->runStep().ok());  // step 8, whose weights are too large; that shows in the loss of step 9
        QVERIFY(loop->runStep().ok());
        QVERIFY(loop->postWeights());   // those of step 9
        QVERIFY(loop->takeWeights() == nullptr);
        QCOMPARE(loop->runStep().error().code, ErrorCode::Diverged);
        QVERIFY(loop->takeWeights() == nullptr);
        QVERIFY(!loop->postWeights());
        QCOMPARE(loop->publish()->step, 5);
    }

    // What is shown is not what the device has, or the device has no room: publish() is the way.
    void whereItCannotBe() {
        Recipe averaging = recipeOf(12);
        averaging.averaging = 0.9;
        const auto averaged = loopOf(averaging, onDevice(0));
        QVERIFY(averaged->runStep().ok());
        QVERIFY(!averaged->postWeights());
        QVERIFY(!loopOf(recipeOf(12), Model::compile)->postWeights());
        const std::size_t needed = compileOnGpu(hostModule(), GpuSettings{.updateStates = 1}, tinyNetwork(), trainingOptions(16)).value()->arenaBytes();
        hostDevice().memoryBytes = needed + 64;
        const auto narrow = loopOf(recipeOf(12), onDevice(0));
        for (int i = 0; i < 3; ++i) QVERIFY(narrow->runStep().ok());
        QVERIFY(!narrow->postWeights());
        QVERIFY(narrow->runStep().ok());  // no failure
        QCOMPARE(narrow->publish()->step, 4);
    }

    void movesForgetIt() {
        const auto loop = loopOf(recipeOf(20), onDevice(0));
        for (int i = 0; i < 3; ++i) QVERIFY(loop->runStep().ok());
        QVERIFY(loop->postWeights());
        QVERIFY(loop->moveTo(Model::compile).ok());
        QVERIFY(loop->takeWeights() == nullptr);
        QVERIFY(!loop->postWeights());
        QVERIFY(loop->moveTo(onDevice(0)).ok());
        QVERIFY(loop->postWeights());
        QCOMPARE(loop->takeWeights()->step, 3);
    }

    // Whoever has been given newer ones meanwhile is not shown the older.
    void neverBackwards() {
        const auto loop = loopOf(recipeOf(30), onDevice(2));
        for (int i = 0; i < 3; ++i) QVERIFY(loop->runStep().ok());
        QVERIFY(loop->postWeights());
        for (int i = 0; i < 3; ++i) QVERIFY(loop->runStep().ok());
        QCOMPARE(loop->publish()->step, 6);
        WeightSetPtr next;
        for (int i = 0; i < 10 && !next; ++i) {
            QVERIFY(loop->postWeights());
            QVERIFY(loop->runStep().ok());
            next = loop->takeWeights();
        }
        QVERIFY(next != nullptr && next->step >= 6);
    }

    void theDeviceIsLostMeanwhile() {
        const auto loop = loopOf(recipeOf(20), onDevice(3));
        for (int i = 0; i < 7; ++i) QVERIFY(loop->runStep().ok());
        QVERIFY(loop->postWeights());
        hostDevice().executor->broken = {kGpuDriverFailed, "the cable"};
        QVERIFY(loop->takeWeights() == nullptr);
        QCOMPARE(loop->runStep().error().code, ErrorCode::DeviceUnavailable);
        QVERIFY(!loop->postWeights());
        QCOMPARE(loop->publish()->step, 5);
    }

    // Through the trainer's thread: panels get weights of the run, by pictures.
    void theTrainerPublishes() {
        Trainer trainer;
        Recipe recipe = recipeOf(1'000'000);
        recipe.validationEvery = 1'000'000;
        trainer.start(tinyNetwork(), [] { return Result<DatasetPtr>(tinyDataset()); }, recipe, false, {}, {}, {}, {}, {"emulated:0", onDevice(4)});
        const auto wait = [](const auto& condition) { return QTest::qWaitFor(condition, kPatience); };
        std::int64_t shown = 0;
        for (int i = 0; i < 3; ++i) {
            QVERIFY(wait([&] { return trainer.status().step > shown; }));
            trainer.requestWeights();
            QVERIFY(wait([&] { return trainer.latestWeights() && trainer.latestWeights()->step > shown; }));
            shown = trainer.latestWeights()->step;
        }
        QCOMPARE(hostDevice().executor->captures, 3);  // the executor goes with the run
        trainer.stop();
        QVERIFY(wait([&] { return trainer.status().state == TrainerState::Cancelled; }));
    }
};

QTEST_GUILESS_MAIN(TestGpuSnapshots)
#include "tst_gpu_snapshots.moc"
