// Adversarial training: it repeats and resumes bit for bit, measures robustness as it goes, and makes networks robust.
#include <QtTest>

#include "core/attack/robustness.h"
#include "core/train/trainer.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

Recipe recipeWith(const char* adversarial, std::int64_t steps = 20) {
    Recipe recipe = tinyRecipe();
    recipe.steps = steps;
    auto spec = parseAdversarial(adversarial);
    if (!spec.ok()) qFatal("%s", spec.error().sentence().c_str());
    recipe.adversarial = *spec;
    return recipe;
}

std::unique_ptr<TrainingLoop> makeLoop(const Recipe& recipe, const Checkpoint* start = nullptr, DatasetPtr data = tinyDataset()) {
    auto loop = TrainingLoop::create(tinyNetwork(), std::move(data), recipe, start);
    if (!loop.ok()) qFatal("%s", loop.error().sentence().c_str());
    return std::move(loop).value();
}

void runSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) {
        const Status status = loop.runStep();
        if (!status.ok()) qFatal("%s", status.error().sentence().c_str());
    }
}

constexpr const char* kFast = "fgsm:eps=0.15,step=0.18,random_start=true";
constexpr const char* kPgd = "pgd:eps=0.15,steps=3,step=0.08";

QString problemOf(const char* text) {
    const auto spec = parseAdversarial(text);
    return spec.ok() ? QString() : QString::fromStdString(spec.error().sentence());
}

History robustRows(const std::vector<std::pair<double, double>>& rows) {
    History history;
    for (const auto& [fgsm, pgd] : rows) {
        history.robust.push_back({.step = static_cast<std::int64_t>(100 * (history.robust.size() + 1)), .epoch = 1.0, .fgsm = fgsm,
                                  .pgd = pgd, .images = 256});
    }
    return history;
}

}  // namespace

class TestAdversarialTraining : public QObject {
    Q_OBJECT

  private slots:
    void repeatsAndResumesBitForBit_data() {
        QTest::addColumn<QString>("adversarial");
        for (const char* text : {kFast, kPgd, "pgd:eps=1.2,norm=l2,steps=2", "pgd:eps=0.15,steps=2,mix=0.5", "bim:eps=0.1,steps=2",
                                 "fgsm:eps=0.15,random_start=true,warmup=0.75",
                                 "noise:eps=0.2"}) {
            QTest::newRow(text) << text;
        }
    }
    void repeatsAndResumesBitForBit() {
        QFETCH(QString, adversarial);
        const Recipe recipe = recipeWith(qPrintable(adversarial));
        const auto straight = makeLoop(recipe);
        runSteps(*straight, 20);
        const auto first = makeLoop(recipe);
        runSteps(*first, 13);
        const Checkpoint middle = first->checkpoint();
        const auto second = makeLoop(recipe, &middle);
        runSteps(*second, 7);
        QVERIFY(second->finished());
        QVERIFY(sameState(straight->checkpoint(), second->checkpoint()));
        QVERIFY(sameWeights(*straight->bestWeights(), *second->bestWeights()));
        QCOMPARE(straight->history().robust.size(), std::size_t{4});
        QCOMPARE(second->history().robust.size(), std::size_t{2});
        QVERIFY(second->history().robust.back() == straight->history().robust.back());
        QVERIFY(second->history().robust.front() == straight->history().robust[2]);
        // It is another training than the plain one.
        Recipe plain = recipe;
        plain.adversarial.reset();
        const auto other = makeLoop(plain);
        runSteps(*other, 20);
        QVERIFY(other->history().robust.empty());
        QVERIFY(!sameBits(other->publish()->parameters, straight->publish()->parameters));
    }

    // The attacked images are those of the attack, drawn by step and place in the batch; the rest of the batch is clean.
    void mixLeavesImagesClean() {
        const auto after = [](const char* text) {
            const auto loop = makeLoop(recipeWith(text, 1));
            runSteps(*loop, 1);
            return loop->history().steps.front().loss;
        };
        Recipe plain = tinyRecipe();
        plain.steps = 1;
        const auto loop = makeLoop(plain);
        runSteps(*loop, 1);
        const double clean = loop->history().steps.front().loss;
        const double half = after("fgsm:eps=0.2,mix=0.5");
        const double whole = after("fgsm:eps=0.2");
        QVERIFY2(clean < half && half < whole, qPrintable(QString("%1 %2 %3").arg(clean).arg(half).arg(whole)));
        QCOMPARE(after("fgsm:eps=0"), clean);
    }

    void epsilonGrowsDuringTheWarmup() {
        const auto losses = [](const char* text) {
            const auto loop = makeLoop(recipeWith(text, 10));
            runSteps(*loop, 1);
            return loop->history().steps.front().loss;
        };
        const double clean = losses("fgsm:eps=0"), full = losses("fgsm:eps=0.2");
        const double fifth = losses("fgsm:eps=0.2,warmup=0.5"), tenth = losses("fgsm:eps=0.2,warmup=1");
        QVERIFY2(clean < tenth && tenth < fifth && fifth < full,
                 qPrintable(QString("%1 %2 %3 %4").arg(clean).arg(tenth).arg(fifth).arg(full)));
        QCOMPARE(fifth, losses("fgsm:eps=0.04"));
        QCOMPARE(losses("fgsm:eps=0.2,warmup=0.1"), full);
    }

    // The rows agree with a measurement of the same weights on the same images.
    void rowsAreMeasurements() {
        const auto loop = makeLoop(recipeWith(kPgd, 10));
        runSteps(*loop, 10);
        const RobustMetrics& row = loop->history().robust.back();
        QCOMPARE(row.step, std::int64_t{10});
        QCOMPARE(row.epoch, loop->history().steps.back().epoch);
        QCOMPARE(row.images, std::int64_t{21});
        AttackSpec attack;
        attack.epsilon = 0.15;
        attack.seed = loop->recipe().seed;
        const auto measured = [&](const char* method, int steps) {
            attack.method = method;
            attack.steps = steps;
            const auto result = measureRobustness(tinyNetwork(), *loop->publish(), *tinyDataset(), attack, {.split = Split::Validation});
            return result.ok() ? result->robustAccuracy() : -1.0;
        };
        QCOMPARE(row.fgsm, measured("fgsm", 1));
        QCOMPARE(row.pgd, measured("pgd", 10));
        // Without held-out images, training images are the sample, and there is no best.
        const auto without = makeLoop(recipeWith(kPgd, 5), nullptr, tinyDataset(0));
        runSteps(*without, 5);
        QCOMPARE(without->history().robust.back().images, kTinyTrain);
    }

    void bestIsTheMostRobust() {
        const auto loop = makeLoop(recipeWith(kFast, 60), nullptr, tinyDataset(90));
        runSteps(*loop, 60);
        double best = -1.0;
        std::int64_t step = 0;
        for (const RobustMetrics& row : loop->history().robust) {
            if (row.pgd >= best) {
                best = row.pgd;
                step = row.step;
            }
        }
        QCOMPARE(loop->bestStep(), step);
        QCOMPARE(loop->bestWeights()->step, step);
        QCOMPARE(loop->checkpoint().bestAccuracy, best);
    }

    void makesNetworksRobust() {
        const DatasetPtr data = tinyDataset(180);
        Recipe plain = tinyRecipe();
        plain.steps = 150;
        const auto robustAccuracy = [&](const Recipe& recipe) {
            const auto loop = makeLoop(recipe, nullptr, data);
            runSteps(*loop, 150);
            AttackSpec attack;
            attack.epsilon = 0.12;
            attack.restarts = 3;
            const auto result = measureRobustness(tinyNetwork(), *loop->bestWeights(), *data, attack, {.split = Split::Validation});
            return result.ok() ? result->robustAccuracy() : -1.0;
        };
        const double undefended = robustAccuracy(plain);
        const double fast = robustAccuracy(recipeWith(kFast, 150));
        const double pgd = robustAccuracy(recipeWith(kPgd, 150));
        const QString found = QString("%1, %2, %3").arg(undefended).arg(fast).arg(pgd);
        QVERIFY2(fast > undefended + 0.25, qPrintable(found));
        QVERIFY2(pgd > undefended + 0.25, qPrintable(found));
    }

    void trainerPassesTheRowsOn() {
        const Recipe recipe = recipeWith(kFast);
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 20);
        Trainer trainer;
        trainer.start(tinyNetwork(), [] { return Result<DatasetPtr>(tinyDataset()); }, recipe);
        QVERIFY(QTest::qWaitFor([&] { return trainer.status().state == TrainerState::Done; }, 20'000));
        QVERIFY(sameWeights(*trainer.latestWeights(), *loop->publish()));
        QVERIFY(trainer.takeMetrics().rows.robust == loop->history().robust);
        QVERIFY(trainer.takeMetrics().rows.isEmpty());
    }

    void divergesWithASentence() {
        Recipe recipe = recipeWith(kPgd, 500);
        recipe.optimizer = *parseOptimizer("sgd");
        recipe.rate = 1e25;
        const auto loop = makeLoop(recipe);
        Status status;
        while (status.ok() && !loop->finished()) status = loop->runStep();
        QVERIFY(!status.ok() && status.error().code == ErrorCode::Diverged);
    }

    void textAndJsonGoBothWays() {
        for (const char* text : {"pgd:eps=0.3,step=0.1,steps=7", "fgsm:eps=0.3,step=0.375,random_start=true", "pgd:eps=8/255,steps=7,mix=0.5",
                                 "pgd:eps=1.5,norm=l2,mix=0.25", "fgsm:eps=0.3,step=0.375,random_start=true,mix=0.5,warmup=0.25"}) {
            const auto spec = parseAdversarial(text);
            QVERIFY(spec.ok());
            QCOMPARE(adversarialText(*spec), std::string(text));
            Recipe recipe;
            recipe.adversarial = *spec;
            const auto again = recipeFromJson(recipeToJson(recipe));
            QVERIFY(again.ok() && *again == recipe);
        }
        QVERIFY(recipeToJson(Recipe{}).find("adversarial") == std::string::npos);
        QVERIFY(!recipeFromJson("{\"adversarial\": null}")->adversarial);
        const auto wrong = recipeFromJson("{\"adversarial\": \"pgd:eps=2\"}");
        QVERIFY(!wrong.ok() && wrong.error().message == "ε is 2");
        QVERIFY(!recipeFromJson("{\"adversarial\": 3}").ok());
    }

    void whatCannotBeTrainedWith_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* text, const char* expected) { QTest::newRow(text) << text << expected; };
        row("pdg:eps=0.1", "did you mean \"pgd\"?");
        row("deepfool:eps=1", "an attack of a fixed size, which DeepFool is not: use fgsm or pgd");
        row("pgd:eps=0.1,target=2", "has no target");
        row("pgd:eps=0.1,restarts=2", "attacks once per step");
        row("pgd:eps=0.1,seed=3", "draws from the seed of the run");
        row("pgd:eps=0.1,mix=0", "with mix 0 is none");
        row("pgd:eps=0.1,mix=1.5", "with mix 1.5 is none");
        row("pgd:eps=0.1,mix=half", "mix is \"half\": give a share such as 0.5");
        row("pgd:eps=0.1,warmup=1.5", "with warmup 1.5 never reaches its size");
        row("pgd:eps=0.1,warmup=-0.1", "with warmup -0.1 never reaches its size");
        row("pgd:eps=0.1,warmup=nan", "with warmup NaN never reaches its size");
        row("pgd:eps=0.1,mix", "\"mix\" in \"pgd:eps=0.1,mix\" has no value");
        row("pgd:steps=0", "the number of steps is 0");
    }
    void whatCannotBeTrainedWith() {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        QVERIFY2(problemOf(qPrintable(text)).contains(expected), qPrintable(problemOf(qPrintable(text))));
    }

    void catastrophicOverfittingIsTold() {
        QCOMPARE(catastrophicOverfitting(robustRows({{0.5, 0.4}, {0.8, 0.7}, {0.95, 0.05}})),
                 std::string("catastrophic overfitting: since step 200 accuracy under FGSM has risen from 80 % to 95 % while under "
                             "PGD it has fallen from 70 % to 5 %; go back to those weights, and train with a warm-up of ε, a smaller step or PGD"));
        for (const auto& fine : std::vector<std::vector<std::pair<double, double>>>{
                 {}, {{0.9, 0.1}}, {{0.5, 0.4}, {0.8, 0.7}}, {{0.8, 0.7}, {0.85, 0.65}}, {{0.8, 0.7}, {0.7, 0.3}},
                 {{0.8, 0.7}, {0.95, 0.05}, {0.82, 0.72}}}) {
            QCOMPARE(catastrophicOverfitting(robustRows(fine)), std::string());
        }
    }

    void rowsAreFoundByStep() {
        const History history = robustRows({{0.5, 0.4}, {0.8, 0.7}});
        QVERIFY(robustAt(history, 99) == nullptr);
        QCOMPARE(robustAt(history, 100)->pgd, 0.4);
        QCOMPARE(robustAt(history, 150)->pgd, 0.4);
        QCOMPARE(robustAt(history, 1000)->pgd, 0.7);
    }
};

QTEST_GUILESS_MAIN(TestAdversarialTraining)
#include "tst_adversarial_training.moc"
