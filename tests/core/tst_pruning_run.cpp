// Pruning with fine-tuning: at once and gradually; weights stay pruned, rows tell what happened, a run resumes bit for bit.
#include <QTest>

#include <cmath>
#include <limits>

#include "core/compress/pruning_run.h"
#include "core/compress/sparsity.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

template <class T>
T must(Result<T> result) {
    if (!result.ok()) throw std::runtime_error(result.error().sentence());
    return std::move(result).value();
}

WeightSet trained() {
    static const WeightSet weights = [] {
        auto loop = must(TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe()));
        while (!loop->finished()) {
            if (!loop->runStep().ok()) throw std::runtime_error("the training failed");
        }
        return *loop->publish();
    }();
    return weights;
}

PruningSettings settings(PruningSchedule schedule, Granularity granularity = Granularity::Weight) {
    PruningSettings settings;
    settings.plan = must(uniformPlan(tinyNetwork(), "magnitude", granularity, 0.75));
    settings.schedule = schedule;
    settings.pruneEvery = 4;
    settings.recipe = tinyRecipe();
    return settings;
}

std::unique_ptr<PruningRun> makeRun(const PruningSettings& settings, const PruningCheckpoint* start = nullptr) {
    return must(PruningRun::create(tinyNetwork(), tinyDataset(), trained(), settings, start));
}

void advance(PruningRun& run, int steps = 1'000'000) {
    for (int i = 0; i < steps && !run.finished(); ++i) {
        if (const Status status = run.runStep(); !status.ok()) throw std::runtime_error(status.error().sentence());
    }
}

bool holds(const WeightSet& weights, const Masks& masks) {
    for (std::size_t i = 0; i < masks.keep.size(); ++i) {
        if (masks.keep[i] == 0 && weights.parameters[i] != 0.0F) return false;
    }
    return true;
}

QString problem(const PruningSettings& settings) {
    const auto run = PruningRun::create(tinyNetwork(), tinyDataset(), trained(), settings);
    return run.ok() ? QString() : QString::fromStdString(run.error().sentence());
}

#define HAS(text, part) QVERIFY2((text).contains(part), qPrintable(text))

}  // namespace

class TestPruningRun : public QObject {
    Q_OBJECT

  private slots:
    void atOnce() {
        const auto run = makeRun(settings(PruningSchedule::OneShot));
        QCOMPARE(run->rows().size(), std::size_t{1});
        QCOMPARE(run->rows().front().step, std::int64_t{0});
        const double target = run->sparsity();
        QVERIFY(std::abs(target - 0.75) < 0.01);
        const MasksPtr masks = run->masks();
        QVERIFY(run->bestWeights() != nullptr);
        for (int i = 0; i < 30; ++i) {
            advance(*run, 1);
            QVERIFY(holds(*run->publish(), *masks));
        }
        QVERIFY(run->finished());
        QCOMPARE(run->masks(), masks);
        QCOMPARE(run->rows().size(), std::size_t{7});
        for (const PruningRow& row : run->rows()) {
            QCOMPARE(row.sparsity, target);
            QVERIFY(row.accuracy <= run->bestAccuracy());
        }
        QVERIFY(holds(*run->bestWeights(), *masks));
        QVERIFY2(run->bestAccuracy() > run->rows().front().accuracy, "fine-tuning did not help");
        QVERIFY(run->bestAccuracy() >= 0.9);
    }

    void graduallyByTheCubic() {
        // Zhu and Gupta's equation 1, by hand: 0.8 · (1 − (1 − 5/20)³).
        QVERIFY(std::abs(gradualSparsity(0.0, 0.8, 5, 20) - 0.8 * (1.0 - 0.421875)) < 1e-12);
        QCOMPARE(gradualSparsity(0.2, 0.8, 0, 20), 0.2);
        QCOMPARE(gradualSparsity(0.2, 0.8, 20, 20), 0.8);
        QCOMPARE(gradualSparsity(0.9, 0.8, 0, 20), 0.8);
        const auto run = makeRun(settings(PruningSchedule::Gradual));
        QCOMPARE(run->sparsity(), 0.0);
        QCOMPARE(run->rampSteps(), std::int64_t{20});
        const double total = static_cast<double>(run->masks()->count().total);
        MasksPtr before = run->masks();
        while (!run->finished()) {
            advance(*run, 1);
            const auto step = run->step();
            if (step <= 20 && step % 4 == 0) {
                QVERIFY(run->masks() != before);
                QVERIFY(std::abs(run->sparsity() - gradualSparsity(0.0, 0.75, step, 20)) <= 1.0 / total + 0.01);
                // What is pruned stays pruned.
                for (std::size_t i = 0; i < before->keep.size(); ++i) QVERIFY(run->masks()->keep[i] <= before->keep[i]);
            } else {
                QCOMPARE(run->masks(), before);
            }
            before = run->masks();
            QVERIFY(holds(*run->publish(), *before));
            QCOMPARE(run->bestWeights() != nullptr, step >= 25);
        }
        QVERIFY(holds(*run->bestWeights(), *run->masks()));
        QVERIFY(std::abs(run->rows().back().sparsity - 0.75) < 0.01);
        QVERIFY(run->rows()[1].sparsity < run->rows()[2].sparsity);
    }

    void wholeFilters() {
        const auto run = makeRun(settings(PruningSchedule::Gradual, Granularity::Filter));
        advance(*run);
        const auto shares = keptShares(*run->masks(), tinyNetwork().nodeByName("Conv 1")->id);
        QCOMPARE(std::ranges::count(shares, 0.0), std::ptrdiff_t{3});
        QVERIFY(holds(*run->bestWeights(), *run->masks()));
        QCOMPARE(masksOfZeros(*run->publish()).keep, run->masks()->keep);
    }

    void resumesBitForBit_data() {
        QTest::addColumn<int>("schedule");
        QTest::addColumn<int>("at");
        for (const int at : {0, 3, 8, 21}) {
            QTest::addRow("at once, %d", at) << static_cast<int>(PruningSchedule::OneShot) << at;
            QTest::addRow("gradually, %d", at) << static_cast<int>(PruningSchedule::Gradual) << at;
        }
    }

    void resumesBitForBit() {
        QFETCH(int, schedule);
        QFETCH(int, at);
        const PruningSettings wanted = settings(static_cast<PruningSchedule>(schedule));
        const auto whole = makeRun(wanted);
        advance(*whole);
        const auto first = makeRun(wanted);
        advance(*first, at);
        const PruningCheckpoint checkpoint = first->checkpoint();
        const auto second = makeRun(wanted, &checkpoint);
        QCOMPARE(second->step(), static_cast<std::int64_t>(at));
        advance(*second);
        QVERIFY(sameWeights(*second->publish(), *whole->publish()));
        QVERIFY(sameWeights(*second->bestWeights(), *whole->bestWeights()));
        QCOMPARE(second->bestAccuracy(), whole->bestAccuracy());
        QCOMPARE(second->rows().size(), whole->rows().size());
        for (std::size_t i = 0; i < whole->rows().size(); ++i) {
            QCOMPARE(second->rows()[i].step, whole->rows()[i].step);
            QCOMPARE(second->rows()[i].sparsity, whole->rows()[i].sparsity);
            QCOMPARE(second->rows()[i].accuracy, whole->rows()[i].accuracy);
        }
    }

    void refusesWhatCannotBe() {
        PruningSettings wrong = settings(PruningSchedule::OneShot);
        wrong.plan.layers.begin()->second.sparsity = 1.0;
        HAS(problem(wrong), "would prune all of its");
        wrong = settings(PruningSchedule::OneShot);
        wrong.plan.layers.clear();
        HAS(problem(wrong), "prunes nothing");
        wrong = settings(PruningSchedule::Gradual);
        wrong.initialSparsity = std::numeric_limits<double>::quiet_NaN();
        HAS(problem(wrong), "the initial sparsity is NaN");
        wrong = settings(PruningSchedule::Gradual);
        wrong.rampShare = 1.0;
        HAS(problem(wrong), "below 1");
        wrong = settings(PruningSchedule::Gradual);
        wrong.pruneEvery = -1;
        HAS(problem(wrong), "between two prunings");
        wrong = settings(PruningSchedule::Gradual);
        wrong.recipe.steps = 1;
        HAS(problem(wrong), "needs at least 2 steps");
        wrong = settings(PruningSchedule::Gradual);
        wrong.recipe.batchSize = 0;
        QVERIFY(!problem(wrong).isEmpty());
    }

    void divergenceLeavesGoodWeights() {
        PruningSettings wild = settings(PruningSchedule::OneShot);
        wild.recipe.optimizer.kind = "sgd";
        wild.recipe.rate = 1e30;
        const auto run = makeRun(wild);
        Status status;
        while (status.ok() && !run->finished()) status = run->runStep();
        QVERIFY(!status.ok() && status.error().code == ErrorCode::Diverged);
        QVERIFY(run->bestWeights() != nullptr && holds(*run->bestWeights(), *run->masks()));
    }
};

QTEST_GUILESS_MAIN(TestPruningRun)
#include "tst_pruning_run.moc"
