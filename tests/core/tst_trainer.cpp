// The trainer's thread: states, commands, metrics that are never lost, and an end that never hangs.
#include <QElapsedTimer>
#include <QSemaphore>
#include <QTest>

#include <atomic>
#include <ctime>

#include "core/train/throughput.h"
#include "core/train/trainer.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 20'000;  // milliseconds; reached only when something is broken

Recipe endless() {
    Recipe recipe = tinyRecipe();
    recipe.steps = 1'000'000;
    recipe.validationEvery = 1000;
    return recipe;
}

Result<DatasetPtr> tinyPrepared() { return tinyDataset(); }

bool waitFor(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, kPatience); }

bool waitForState(const Trainer& trainer, TrainerState state) {
    return waitFor([&] { return trainer.status().state == state; });
}

// Everything that has arrived for one run.
void drain(Trainer& trainer, std::map<std::int64_t, History>& histories) {
    while (true) {
        const Trainer::Metrics metrics = trainer.takeMetrics();
        auto& steps = histories[metrics.runId].steps;
        steps.insert(steps.end(), metrics.rows.steps.begin(), metrics.rows.steps.end());
        auto& validation = histories[metrics.runId].validation;
        validation.insert(validation.end(), metrics.rows.validation.begin(), metrics.rows.validation.end());
        if (!metrics.more) return;
    }
}

bool isGapless(const std::vector<StepMetrics>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].step != static_cast<std::int64_t>(i) + 1) return false;
    }
    return true;
}

double threadSecondsOfProcess() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

class TestTrainer : public QObject {
    Q_OBJECT

  private slots:
    void givesTheNumbersOfTheLoop() {
        auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe());
        QVERIFY(loop.ok());
        while (!(*loop)->finished()) QVERIFY((*loop)->runStep().ok());

        Trainer trainer;
        std::atomic<int> notified = 0;
        trainer.setNotify([&] { ++notified; });
        QCOMPARE(trainer.status().state, TrainerState::Idle);
        const std::int64_t run = trainer.start(tinyNetwork(), tinyPrepared, tinyRecipe());
        // Watching all the time changes nothing.
        QVERIFY(waitFor([&] {
            trainer.requestWeights();
            return trainer.status().state == TrainerState::Done;
        }));
        QCOMPARE(trainer.status().step, std::int64_t{30});
        QCOMPARE(trainer.status().totalSteps, std::int64_t{30});
        QVERIFY(notified > 0);
        QVERIFY(sameWeights(*trainer.latestWeights(), *(*loop)->publish()));
        QVERIFY(sameWeights(*trainer.bestWeights(), *(*loop)->bestWeights()));
        std::int64_t ofRun = 0;
        const auto checkpoint = trainer.takeCheckpoint(&ofRun);
        QVERIFY(checkpoint && sameState(*checkpoint, (*loop)->checkpoint()));
        QCOMPARE(ofRun, run);
        QVERIFY(!trainer.takeCheckpoint());  // each is given once
        const Trainer::Metrics metrics = trainer.takeMetrics();
        QCOMPARE(metrics.runId, run);
        QVERIFY(isGapless(metrics.rows.steps));
        QCOMPARE(metrics.rows.steps.size(), std::size_t{30});
        QCOMPARE(metrics.rows.steps.back().loss, (*loop)->history().steps.back().loss);
        QCOMPARE(metrics.rows.validation.size(), (*loop)->history().validation.size());
        QVERIFY(trainer.takeMetrics().rows.steps.empty());
    }

    void pausesSleepsAndSteps() {
        Trainer trainer;
        trainer.start(tinyNetwork(), tinyPrepared, endless(), true);
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        QCOMPARE(trainer.status().step, std::int64_t{0});
        QCOMPARE(trainer.latestWeights()->step, std::int64_t{0});
        trainer.stepOnce();
        QVERIFY(waitFor([&] { return trainer.status().step == 1; }));
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        trainer.stepOnce();
        trainer.stepOnce();
        QVERIFY(waitFor([&] { return trainer.status().step == 3; }));
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        QCOMPARE(trainer.latestWeights()->step, std::int64_t{3});

        const double before = threadSecondsOfProcess();
        QTest::qWait(300);  // the time in which nothing may happen
        QVERIFY(threadSecondsOfProcess() - before < 0.1);
        QCOMPARE(trainer.status().step, std::int64_t{3});

        trainer.resume();
        QVERIFY(waitFor([&] { return trainer.status().step > 10; }));
        QCOMPARE(trainer.status().state, TrainerState::Running);
        trainer.pause();
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        QCOMPARE(trainer.takeCheckpoint()->step, trainer.status().step);
        QCOMPARE(trainer.status().imagesPerSecond, 0.0);
    }

    void stopsAndStartsAgain() {
        Trainer trainer;
        trainer.start(tinyNetwork(), tinyPrepared, endless());
        QVERIFY(waitFor([&] { return trainer.status().step > 5; }));
        QVERIFY(waitFor(
            [&] { return trainer.status().imagesPerSecond > 0.0 && trainer.status().secondsLeft > 0.0; }));
        trainer.stop();
        QVERIFY(waitForState(trainer, TrainerState::Cancelled));
        const auto checkpoint = trainer.takeCheckpoint();
        QVERIFY(checkpoint.has_value());
        // A stopped run goes on from its checkpoint.
        trainer.start(tinyNetwork(), tinyPrepared, endless(), true, checkpoint);
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        QCOMPARE(trainer.status().step, checkpoint->step);
        QVERIFY(sameWeights(*trainer.latestWeights(), checkpoint->weights));
        trainer.stop();
        QVERIFY(waitForState(trainer, TrainerState::Cancelled));
    }

    void aNewRunReplacesARunningOneAndNoRowIsLost() {
        Trainer trainer;
        std::map<std::int64_t, History> histories;
        const std::int64_t first = trainer.start(tinyNetwork(), tinyPrepared, endless());
        QVERIFY(waitFor([&] { return trainer.status().step > 20; }));
        const std::int64_t second = trainer.start(tinyNetwork(), tinyPrepared, tinyRecipe());
        QVERIFY(second > first);
        QCOMPARE(trainer.status().runId, second);
        QVERIFY(waitFor([&] {
            drain(trainer, histories);
            return trainer.status().state == TrainerState::Done;
        }));
        drain(trainer, histories);
        QVERIFY(histories[first].steps.size() > 20);
        QVERIFY(isGapless(histories[first].steps));
        QCOMPARE(histories[second].steps.size(), std::size_t{30});
        QVERIFY(isGapless(histories[second].steps));
        std::int64_t run = 0;
        QVERIFY(trainer.takeCheckpoint(&run) && run == first);
        QVERIFY(trainer.takeCheckpoint(&run) && run == second);
    }

    void liveChangesApplyAtTheNextStepAndTheNewestWins() {
        Trainer trainer;
        trainer.start(tinyNetwork(), tinyPrepared, endless(), true);
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        for (int i = 1; i <= 100; ++i) trainer.setRate(0.001 * i);
        trainer.setWeightDecay(0.02);
        trainer.setMomentum(0.7);
        trainer.stepOnce();
        QVERIFY(waitFor([&] { return trainer.status().step == 1; }));
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        const auto metrics = trainer.takeMetrics();
        QVERIFY(std::abs(metrics.rows.steps.at(0).rate - 0.1) < 1e-12);
        QCOMPARE(trainer.currentRecipe().rate, metrics.rows.steps.at(0).rate);
        QCOMPARE(trainer.currentRecipe().weightDecay, 0.02);
        QCOMPARE(trainer.currentRecipe().optimizer.beta1, 0.7);
    }

    void weightsArePublishedOnRequest() {
        Trainer trainer;
        trainer.start(tinyNetwork(), tinyPrepared, endless());
        QVERIFY(waitFor([&] { return trainer.status().step > 3; }));
        trainer.requestWeights();
        QVERIFY(waitFor([&] { return trainer.latestWeights() && trainer.latestWeights()->step > 3; }));
        const WeightSetPtr seen = trainer.latestWeights();
        const std::int64_t step = trainer.status().step;
        QVERIFY(waitFor([&] { return trainer.status().step > step + 10; }));
        QVERIFY(trainer.latestWeights() == seen);  // nobody has asked again
    }

    void failuresAreSentences() {
        Trainer trainer;
        trainer.start(
            tinyNetwork(),
            [] {
                return Result<DatasetPtr>(Error{ErrorCode::NotFound, "no data here", {}, {}});
            },
            tinyRecipe());
        QVERIFY(waitForState(trainer, TrainerState::Failed));
        QCOMPARE(trainer.status().error->sentence(), std::string("no data here"));

        trainer.start(tinyNetwork(7), tinyPrepared, tinyRecipe());
        QVERIFY(waitFor(
            [&] { return trainer.status().state == TrainerState::Failed && trainer.status().runId == 2; }));
        QVERIFY(trainer.status().error->sentence().find("3 classes") != std::string::npos);

        trainer.start(
            tinyNetwork(), []() -> Result<DatasetPtr> { throw std::runtime_error("broken inside"); },
            tinyRecipe());
        QVERIFY(waitFor(
            [&] { return trainer.status().state == TrainerState::Failed && trainer.status().runId == 3; }));
        QVERIFY(trainer.status().error->code == ErrorCode::Internal);

        Recipe wild = endless();
        wild.optimizer = *parseOptimizer("sgd");
        wild.rate = 1e30;
        trainer.start(tinyNetwork(), tinyPrepared, wild);
        QVERIFY(waitFor(
            [&] { return trainer.status().state == TrainerState::Failed && trainer.status().runId == 4; }));
        QVERIFY(trainer.status().error->code == ErrorCode::Diverged);
        QCOMPARE(trainer.takeCheckpoint()->step, std::int64_t{0});  // the last good one

        trainer.start(tinyNetwork(), tinyPrepared, tinyRecipe());  // and it still works
        QVERIFY(waitForState(trainer, TrainerState::Done));
        QVERIFY(!trainer.status().error);
    }

    void imagesAreFittedToTheNetwork() {
        NetworkSpec wide = tinyNetwork();
        wide.setAttribute(wide.nodeByName("Input")->id, "shape", std::vector<std::int64_t>{1, 12, 12});
        Trainer trainer;
        trainer.start(wide, tinyPrepared, tinyRecipe());
        QVERIFY(waitForState(trainer, TrainerState::Done));
    }

    void stopAndPauseWhilePreparing() {
        Trainer trainer;
        QSemaphore gate;
        const auto slow = [&]() -> Result<DatasetPtr> {
            gate.acquire();
            return tinyDataset();
        };
        trainer.start(tinyNetwork(), slow, endless());
        trainer.pause();
        QCOMPARE(trainer.status().state, TrainerState::Preparing);
        gate.release();
        QVERIFY(waitForState(trainer, TrainerState::Paused));
        QCOMPARE(trainer.status().step, std::int64_t{0});
        trainer.start(tinyNetwork(), slow, endless());
        trainer.stop();
        gate.release();
        QVERIFY(waitForState(trainer, TrainerState::Cancelled));
    }

    void destroyedInEveryStateWithoutHanging() {
        QElapsedTimer timer;
        timer.start();
        { Trainer idle; }
        {
            Trainer preparing;
            preparing.start(tinyNetwork(), tinyPrepared, endless());
        }
        {
            Trainer running;
            running.start(tinyNetwork(), tinyPrepared, endless());
            QVERIFY(waitFor([&] { return running.status().step > 2; }));
        }
        {
            Trainer paused;
            paused.start(tinyNetwork(), tinyPrepared, endless(), true);
            QVERIFY(waitForState(paused, TrainerState::Paused));
        }
        QVERIFY(timer.elapsed() < kPatience);
    }

    void throughputCoversTheLastSecond() {
        Throughput throughput;
        throughput.add(0.0, 0);
        QCOMPARE(throughput.imagesPerSecond(), 0.0);
        for (int i = 1; i <= 20; ++i) throughput.add(0.1 * i, 10);
        QVERIFY(std::abs(throughput.imagesPerSecond() - 100.0) < 1e-6);
        for (int i = 1; i <= 25; ++i) throughput.add(2.0 + 0.05 * i, 10);
        QVERIFY(std::abs(throughput.imagesPerSecond() - 200.0) <
                1e-6);  // the slow ones are over a second ago
    }
};

QTEST_GUILESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
