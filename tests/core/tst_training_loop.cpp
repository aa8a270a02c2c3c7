// The training loop: it learns, repeats bit for bit, resumes bit for bit, and stops with a sentence when it
// diverges.
#include <QTest>

#include <cmath>

#include "core/train/training_loop.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

std::unique_ptr<TrainingLoop> makeLoop(const Recipe& recipe, const Checkpoint* start = nullptr) {
    auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, start);
    if (!loop.ok()) throw std::runtime_error(loop.error().sentence());
    return std::move(loop).value();
}

void runSteps(TrainingLoop& loop, int count) {
    for (int i = 0; i < count; ++i) {
        const Status status = loop.runStep();
        if (!status.ok()) throw std::runtime_error(status.error().sentence());
    }
}

bool sameRows(const EvaluationMetrics& a, const EvaluationMetrics& b) {
    return a.step == b.step && a.epoch == b.epoch && a.loss == b.loss && a.accuracy == b.accuracy &&
           a.images == b.images;
}

bool sameRows(const StepMetrics& a, const StepMetrics& b) {
    return a.step == b.step && a.epoch == b.epoch && a.loss == b.loss && a.accuracy == b.accuracy &&
           a.rate == b.rate && a.images == b.images;
}

// The rows of `part` are the last ones of `whole`; `seconds` are measurements and differ.
template <class Row>
bool endsWith(const std::vector<Row>& whole, const std::vector<Row>& part) {
    if (part.size() > whole.size()) return false;
    return std::equal(part.begin(), part.end(), whole.end() - static_cast<std::ptrdiff_t>(part.size()),
                      [](const Row& a, const Row& b) { return sameRows(a, b); });
}

}  // namespace

class TestTrainingLoop : public QObject {
    Q_OBJECT

  private slots:
    void learnsThreeBars() {
        Recipe recipe = tinyRecipe();
        recipe.steps = 60;
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 60);
        QVERIFY(loop->finished());
        QVERIFY(loop->history().validation.back().accuracy > 0.9);
        QVERIFY(loop->history().validation.back().loss < loop->history().validation.front().loss);
        const auto measured = evaluate(tinyNetwork(), *loop->bestWeights(), *tinyDataset(), Split::Test);
        QVERIFY(measured.ok());
        QVERIFY(measured->accuracy > 0.9);
    }

    void countsStepsEpochsAndImages() {
        Recipe recipe = tinyRecipe();
        recipe.steps.reset();
        recipe.epochs = 2;
        recipe.validationEvery = 0;
        const auto loop = makeLoop(recipe);
        QCOMPARE(loop->stepsPerEpoch(), std::int64_t{5});
        QCOMPARE(loop->totalSteps(), std::int64_t{10});
        runSteps(*loop, 10);
        const History& history = loop->history();
        QCOMPARE(history.steps.size(), std::size_t{10});
        QCOMPARE(history.steps[4].images, std::int64_t{6});  // the last batch of an epoch of 70
        QCOMPARE(history.steps[4].epoch, 1.0);
        QCOMPARE(history.steps[5].epoch, 1.2);
        // A fifth of an epoch is one step.
        QCOMPARE(history.validation.size(), std::size_t{10});
        QCOMPARE(history.validation[0].images, std::int64_t{21});
        QCOMPARE(history.trainClean[0].images, std::int64_t{21});  // no more than for the validation
    }

    void validatesWhenDueAndAtTheEnd() {
        Recipe recipe = tinyRecipe();
        recipe.steps = 12;
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 12);
        std::vector<std::int64_t> steps;
        for (const auto& row : loop->history().validation) steps.push_back(row.step);
        QCOMPARE(steps, (std::vector<std::int64_t>{5, 10, 12}));
        QVERIFY(loop->validateNow().ok());  // once per step is enough
        QCOMPARE(loop->history().validation.size(), std::size_t{3});
    }

    void worksWithoutValidationImages() {
        auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(0), tinyRecipe());
        QVERIFY(loop.ok());
        runSteps(**loop, 10);
        QVERIFY((*loop)->history().validation.empty());
        QCOMPARE((*loop)->history().trainClean.back().images, kTinyTrain);
        QCOMPARE((*loop)->bestStep(), std::int64_t{10});
    }

    void repeatsBitForBitAndWatchingChangesNothing() {
        const auto plain = makeLoop(tinyRecipe());
        const auto watched = makeLoop(tinyRecipe());
        for (int i = 0; i < 30; ++i) {
            runSteps(*plain, 1);
            static_cast<void>(watched->publish());
            runSteps(*watched, 1);
            const WeightSetPtr seen = watched->publish();
            static_cast<void>(watched->checkpoint());
            if (i % 7 == 0) {
                QVERIFY(evaluate(tinyNetwork(), *seen, *tinyDataset(), Split::Test, 8).ok());
                QVERIFY(watched->validateNow().ok());
            }
        }
        const auto a = plain->checkpoint();
        const auto b = watched->checkpoint();
        QVERIFY(sameBits(a.weights.parameters, b.weights.parameters));
        QVERIFY(sameBits(a.weights.statistics, b.weights.statistics));
        QVERIFY(sameBits(a.optimizerState, b.optimizerState));
    }

    void seedsDiffer() {
        Recipe other = tinyRecipe();
        other.seed = 43;
        QVERIFY(
            !sameBits(makeLoop(tinyRecipe())->publish()->parameters, makeLoop(other)->publish()->parameters));
    }

    void resumesBitForBit_data() {
        QTest::addColumn<QString>("optimizer");
        QTest::addColumn<QString>("schedule");
        QTest::newRow("sgd") << "sgd:momentum=0"
                             << "constant";
        QTest::newRow("momentum") << "sgd:momentum=0.9,nesterov=true"
                                  << "step:step_epochs=2";
        QTest::newRow("adam") << "adam"
                              << "cosine:warmup_steps=15";
        QTest::newRow("adamw") << "adamw"
                               << "cosine";
        QTest::newRow("rmsprop") << "rmsprop"
                                 << "exponential";
        QTest::newRow("adagrad") << "adagrad:lr_decay=0.01"
                                 << "multi_step:milestones=1+3";
        // Augmentation, averaged weights, clipping, penalties, smoothing and class weights as well.
        QTest::newRow("thorough, plateau") << "thorough"
                                           << "plateau:patience=0,factor=0.5,threshold=0.2";
        QTest::newRow("thorough, one cycle") << "thorough"
                                             << "one_cycle";
    }
    void resumesBitForBit() {
        QFETCH(QString, optimizer);
        QFETCH(QString, schedule);
        Recipe recipe = optimizer == "thorough" ? thoroughRecipe(schedule.toStdString()) : tinyRecipe();
        if (optimizer != "thorough") {
            recipe.optimizer = *parseOptimizer(optimizer.toStdString());
            recipe.schedule = *parseSchedule(schedule.toStdString());
        }
        recipe.weightDecay = 0.001;
        const auto straight = makeLoop(recipe);
        runSteps(*straight, 30);
        const auto first = makeLoop(recipe);
        runSteps(*first, 13);
        const Checkpoint middle = first->checkpoint();
        const auto second = makeLoop(recipe, &middle);
        QCOMPARE(second->totalSteps(), std::int64_t{30});
        runSteps(*second, 17);
        QVERIFY(second->finished());
        QVERIFY(sameState(straight->checkpoint(), second->checkpoint()));
        QVERIFY(endsWith(straight->history().steps, second->history().steps));
        QVERIFY(endsWith(straight->history().validation, second->history().validation));
        QVERIFY(endsWith(straight->history().trainClean, second->history().trainClean));
        QVERIFY(sameWeights(*straight->bestWeights(), *second->bestWeights()));
    }

    void repeatsAnEpochBitForBitWithEverythingOn() {
        Recipe recipe = thoroughRecipe("plateau:patience=0,threshold=0.3");
        recipe.steps.reset();
        recipe.epochs = 2;
        const auto first = makeLoop(recipe);
        const auto second = makeLoop(recipe);
        runSteps(*first, 10);
        for (int i = 0; i < 10; ++i) {
            runSteps(*second, 1);
            if (i % 3 == 0) QVERIFY(second->validateNow().ok());  // an observer is no validation that counts
        }
        const Checkpoint a = first->checkpoint(), b = second->checkpoint();
        QVERIFY(sameWeights(a.weights, b.weights) && sameBits(a.averaged, b.averaged) && sameBits(a.optimizerState, b.optimizerState));
        QVERIFY(a.plateau == b.plateau && a.stopping == b.stopping);
        recipe.augmentations.clear();
        const auto other = makeLoop(recipe);
        runSteps(*other, 10);
        QVERIFY(!sameBits(a.weights.parameters, other->checkpoint().weights.parameters));
    }

    void plateauFollowsTheValidationLoss() {
        Recipe recipe = tinyRecipe();
        // No loss falls to a hundredth: a drop at every validation but the first.
        recipe.schedule = *parseSchedule("plateau:patience=0,factor=0.5,threshold=0.99");
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 21);
        QCOMPARE(loop->checkpoint().plateau.factor, 0.125);
        QCOMPARE(loop->history().steps[9].rate, 0.01);
        QCOMPARE(loop->history().steps[10].rate, 0.005);
        const Checkpoint middle = loop->checkpoint();
        const auto second = makeLoop(recipe, &middle);
        runSteps(*second, 1);
        QCOMPARE(second->history().steps.back().rate, 0.00125);
    }

    void stopsEarlyWhenTheLossDoesNotFall() {
        Recipe recipe = tinyRecipe();
        recipe.rate = 0.3;  // too large: the loss jumps about
        recipe.steps = 1000;
        recipe.earlyStopping = 3;
        const auto loop = makeLoop(recipe);
        while (!loop->finished()) runSteps(*loop, 1);
        QVERIFY(loop->stoppedEarly());
        const auto& rows = loop->history().validation;
        std::size_t best = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].loss < rows[best].loss) best = i;
            QCOMPARE(i - best == 3, i + 1 == rows.size());  // three in a row without a lower one, and not before
        }
        const Checkpoint end = loop->checkpoint();
        QVERIFY(makeLoop(recipe, &end)->finished());
        recipe.earlyStopping = 5;  // more patience: it goes on
        QVERIFY(!makeLoop(recipe, &end)->finished());
    }

    void averagedWeightsAreValidatedAndKept() {
        Recipe recipe = tinyRecipe();
        recipe.averaging = 0.8;
        recipe.steps = 6;
        const auto plain = makeLoop(tinyRecipe());
        const auto loop = makeLoop(recipe);
        // By hand: a ← d a + (1 − d) w with d = min(0.8, (1 + t) / (10 + t)).
        const WeightSetPtr fresh = loop->publish();
        std::vector<double> expected(fresh->parameters.begin(), fresh->parameters.end());
        for (int t = 1; t <= 6; ++t) {
            runSteps(*plain, 1);
            runSteps(*loop, 1);
            QVERIFY(sameBits(plain->checkpoint().weights.parameters, loop->checkpoint().weights.parameters));
            const double decay = std::min(0.8, (1.0 + t) / (10.0 + t));
            const auto now = plain->publish();
            for (std::size_t i = 0; i < expected.size(); ++i) {
                expected[i] = decay * expected[i] + (1.0 - decay) * static_cast<double>(now->parameters[i]);
            }
        }
        const WeightSetPtr shown = loop->publish();
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QVERIFY(std::abs(static_cast<double>(shown->parameters[i]) - expected[i]) < 1e-6);
        }
        QVERIFY(!sameBits(shown->parameters, loop->checkpoint().weights.parameters));
        QVERIFY(sameWeights(*shown, shownWeights(loop->checkpoint())));
        const auto measured = evaluate(tinyNetwork(), *shown, *tinyDataset(), Split::Validation);
        QVERIFY(std::abs(measured->loss - loop->history().validation.back().loss) < 1e-4);
    }

    void penaltiesPullWeightsAndLeaveBiases() {
        Recipe recipe = tinyRecipe();
        recipe.optimizer = *parseOptimizer("sgd:momentum=0");
        recipe.l2 = 0.1;
        recipe.l1 = 0.01;
        const auto plain = makeLoop([] {
            Recipe without = tinyRecipe();
            without.optimizer = *parseOptimizer("sgd:momentum=0");
            return without;
        }());
        const auto loop = makeLoop(recipe);
        const WeightSetPtr before = loop->publish();
        runSteps(*plain, 1);
        runSteps(*loop, 1);
        const WeightSetPtr with = loop->publish(), without = plain->publish();
        int weights = 0;
        for (const ParameterEntry& entry : before->layout->entries) {
            if (!entry.spec.trainable) continue;
            const bool penalised = entry.spec.role == ParameterRole::Weight;
            for (std::size_t i = 0; i < before->values(entry).size(); ++i) {
                const float w = before->values(entry)[i];
                const double pull = penalised ? recipe.rate * (2 * 0.1 * w + 0.01 * ((w > 0) - (w < 0))) : 0.0;
                const double moved = static_cast<double>(without->values(entry)[i]) - static_cast<double>(with->values(entry)[i]);
                QVERIFY(std::abs(moved - pull) < 1e-6);
                weights += penalised;
            }
        }
        QVERIFY(weights > 50);
    }

    void classWeightsHaveToFit() {
        Recipe recipe = tinyRecipe();
        recipe.classWeights.values = {1, 2};
        const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe);
        QVERIFY(!loop.ok());
        QCOMPARE(loop.error().sentence(),
                 std::string("there are 2 class weights, Tiny bars has 3 classes: give one weight for each class, or balanced"));
    }

    void divergenceInTheGradientsNamesTheLayerWhereItBegan() {
        Recipe recipe = tinyRecipe();
        recipe.optimizer = *parseOptimizer("sgd:momentum=0");
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 2);
        recipe.l2 = 1e39;  // infinite in float: every layer with weights, in the backward pass the dense one first
        loop->takeOver(recipe);
        const Status status = loop->runStep();
        QVERIFY(!status.ok());
        const std::string sentence = status.error().sentence();
        QVERIFY2(sentence.find("step 3") != std::string::npos && sentence.find("gradients") != std::string::npos, sentence.c_str());
        QVERIFY2(sentence.find("[Dense") != std::string::npos, sentence.c_str());
    }

    void augmentationChangesWhileTraining() {
        const auto loop = makeLoop(tinyRecipe());
        const auto plain = makeLoop(tinyRecipe());
        runSteps(*loop, 7);
        runSteps(*plain, 7);
        Recipe live = tinyRecipe();
        live.augmentations = {*parseAugmentation("noise:deviation=0.3")};
        loop->takeOver(live);
        QVERIFY(sameWeights(*loop->publish(), *plain->publish()));
        runSteps(*loop, 1);
        runSteps(*plain, 1);
        QVERIFY(loop->checkpoint().position == plain->checkpoint().position);
        QVERIFY(!sameWeights(*loop->publish(), *plain->publish()));
        live.augmentations.clear();
        loop->takeOver(live);
        QVERIFY(loop->recipe().augmentations.empty());
    }

    void keepsTheBest() {
        const auto loop = makeLoop(tinyRecipe());
        runSteps(*loop, 30);
        double best = -1.0;
        std::int64_t step = 0;
        for (const auto& row : loop->history().validation) {
            if (row.accuracy > best) {
                best = row.accuracy;
                step = row.step;
            }
        }
        QCOMPARE(loop->bestStep(), step);
        QCOMPARE(loop->bestWeights()->step, step);
        const auto measured =
            evaluate(tinyNetwork(), *loop->bestWeights(), *tinyDataset(), Split::Validation);
        QVERIFY(measured.ok());
        QVERIFY(std::abs(measured->accuracy - best) < 1e-9);
    }

    void divergenceNamesStepAndLayerAndKeepsGoodWeights() {
        Recipe recipe = tinyRecipe();
        recipe.optimizer = *parseOptimizer("sgd:momentum=0.9");
        recipe.steps = 2000;
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 7);
        const auto before = loop->history().validation.back();
        QCOMPARE(before.step, std::int64_t{5});
        loop->setRate(1e30);
        Status status;
        for (int i = 0; i < 2000 && status.ok(); ++i) status = loop->runStep();
        QVERIFY(!status.ok());
        QVERIFY(status.error().code == ErrorCode::Diverged);
        const std::string sentence = status.error().sentence();
        QVERIFY2(sentence.find("training diverged at step ") != std::string::npos, sentence.c_str());
        QVERIFY2(tinyNetwork().nodeByName(status.error().node) != nullptr, sentence.c_str());
        QVERIFY2(sentence.find("are kept") != std::string::npos, sentence.c_str());
        const Checkpoint good = loop->checkpoint();
        QVERIFY(good.step >= 5);
        for (const float value : good.weights.parameters) QVERIFY(std::isfinite(value));
        QVERIFY(!loop->runStep().ok());
        QCOMPARE(loop->checkpoint().step, good.step);
        // What was kept can be trained on.
        Recipe gentle = tinyRecipe();
        gentle.optimizer = recipe.optimizer;
        gentle.steps = good.step + 5;
        gentle.rate = 1e-3;
        const auto again = makeLoop(gentle, &good);
        runSteps(*again, 5);
        QVERIFY(again->finished());
    }

    void liveChangesApplyAtTheNextStep() {
        Recipe recipe = tinyRecipe();
        recipe.schedule = *parseSchedule("cosine");
        recipe.optimizer = *parseOptimizer("sgd:momentum=0");
        const auto loop = makeLoop(recipe);
        runSteps(*loop, 10);
        loop->setRate(0.5);
        loop->setMomentum(0.8);
        loop->setWeightDecay(0.01);
        loop->setRate(NAN);
        loop->setMomentum(1.0);
        loop->setWeightDecay(-1.0);
        runSteps(*loop, 2);
        QVERIFY(std::abs(loop->history().steps[10].rate - 0.5) < 1e-12);
        QVERIFY(loop->history().steps[11].rate < 0.5);  // the schedule scales from there
        QCOMPARE(loop->recipe().optimizer.momentum, 0.8);
        QCOMPARE(loop->recipe().weightDecay, 0.01);
        QVERIFY(!loop->checkpoint().optimizerState.empty());
    }

    void whatDoesNotFitIsExplained() {
        const auto problem = [](const NetworkSpec& spec, const DatasetPtr& data, const Recipe& recipe) {
            const auto loop = TrainingLoop::create(spec, data, recipe);
            return loop.ok() ? std::string("(no error)") : loop.error().sentence();
        };
        const std::string classes = problem(tinyNetwork(5), tinyDataset(), tinyRecipe());
        QVERIFY2(classes.find("Tiny bars has 3 classes, the network gives 5 outputs") != std::string::npos,
                 classes.c_str());
        NetworkSpec wide = tinyNetwork();
        wide.setAttribute(wide.nodeByName("Input")->id, "shape", std::vector<std::int64_t>{1, 16, 16});
        const std::string shape = problem(wide, tinyDataset(), tinyRecipe());
        QVERIFY2(shape.find("images of 1×8×8, the network expects 1×16×16") != std::string::npos,
                 shape.c_str());
        Recipe recipe = tinyRecipe();
        recipe.batchSize = 0;
        QVERIFY(problem(tinyNetwork(), tinyDataset(), recipe).starts_with("the batch size is 0"));
        NetworkSpec empty;
        QVERIFY(problem(empty, tinyDataset(), tinyRecipe()) != "(no error)");
    }

    void anotherOptimizersStateIsRefused() {
        const auto loop = makeLoop(tinyRecipe());
        runSteps(*loop, 3);
        const Checkpoint checkpoint = loop->checkpoint();
        Recipe recipe = tinyRecipe();
        recipe.optimizer = *parseOptimizer("sgd");
        const auto other = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe, &checkpoint);
        QVERIFY(!other.ok());
        QVERIFY(other.error().sentence().find("another optimizer's state than SGD needs") !=
                std::string::npos);
    }

    void evaluationCountsEveryImage() {
        const auto loop = makeLoop(tinyRecipe());
        runSteps(*loop, 10);
        const WeightSetPtr weights = loop->publish();
        const auto all = evaluate(tinyNetwork(), *weights, *tinyDataset(), Split::Validation);
        QVERIFY(all.ok());
        QCOMPARE(all->images, std::int64_t{21});
        QCOMPARE(all->top5, 1.0);  // of three classes
        std::int64_t sum = 0, diagonal = 0;
        for (std::size_t label = 0; label < all->confusion.size(); ++label) {
            for (const std::int64_t count : all->confusion[label]) sum += count;
            diagonal += all->confusion[label][label];
        }
        QCOMPARE(sum, all->images);
        QCOMPARE(static_cast<double>(diagonal) / 21.0, all->accuracy);
        const auto& row = loop->history().validation.back();
        QVERIFY(std::abs(row.loss - all->loss) < 1e-4);
        QCOMPARE(evaluate(tinyNetwork(), *weights, *tinyDataset(), Split::Test, 7)->images, std::int64_t{7});
        const auto cancelled =
            evaluate(tinyNetwork(), *weights, *tinyDataset(), Split::Test, 0, [](double) { return false; });
        QVERIFY(!cancelled.ok() && cancelled.error().code == ErrorCode::Cancelled);
        QVERIFY(!evaluate(tinyNetwork(), *weights, *tinyDataset(0), Split::Validation).ok());
    }
};

QTEST_GUILESS_MAIN(TestTrainingLoop)
#include "tst_training_loop.moc"
