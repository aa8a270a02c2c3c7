// The perceptron's learning rule and linear regression, as their presets train: what the courses say that they find.
#include <QtTest>

#include "core/cpu/compute_team.h"
#include "core/data/targets.h"
#include "core/graph/presets.h"
#include "core/inspect/fitted_line.h"
#include "core/inspect/predictions.h"
#include "core/model/dataset_fit.h"
#include "core/train/preset_recipe.h"
#include "core/train/training_loop.h"
#include "datasets/catalogue.h"
#include "datasets/letter_t.h"

using namespace convolab;

namespace {

std::unique_ptr<TrainingLoop> runOf(const std::string& preset, std::optional<std::uint64_t> seed = {}) {
    const NetworkSpec spec = makePreset(preset).value();
    Recipe recipe = recipeOfPreset(preset).value();
    recipe.seed = seed.value_or(recipe.seed);
    const DatasetPtr dataset = fitted(openDataset({.name = recipe.dataset}).value(), *analyze(spec).inputShape).value();
    auto loop = TrainingLoop::create(spec, dataset, recipe);
    return loop.ok() ? std::move(loop).value() : nullptr;
}

bool trainToTheEnd(TrainingLoop& loop) {
    while (!loop.finished()) {
        if (!loop.runStep().ok()) return false;
    }
    return loop.validateNow().ok();
}

}  // namespace

class TestLearningRules : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { setComputeThreads(1); }

    // Rosenblatt's rule ends on data that a plane can part. Right on the T and its 25 neighbours, the perceptron is right on
    // every pattern: each weight has the sign of its pixel.
    void perceptronFindsTheT() {
        for (const auto seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{1}, std::optional<std::uint64_t>{2}}) {
            const auto loop = runOf("perceptron-t", seed);
            QVERIFY(loop && trainToTheEnd(*loop));
            const EvaluationMetrics& end = loop->history().validation.back();
            QVERIFY2(end.loss == 0.0 && end.accuracy == 1.0, qPrintable(QString("zero-one loss %1, accuracy %2").arg(end.loss).arg(end.accuracy)));
            QCOMPARE(loop->history().trainClean.back().loss, 0.0);
            const std::span<const float> weights = loop->model().parameters();
            for (std::size_t pixel = 0; pixel < kLetterT.size(); ++pixel) QCOMPARE(weights[pixel] > 0.0F, kLetterT[pixel] == 1);
            // The last epoch changed nothing: there was no error any more.
            const auto& steps = loop->history().steps;
            QVERIFY(std::all_of(steps.end() - 100, steps.end(), [](const StepMetrics& row) { return row.loss == 0.0 && row.accuracy == 1.0; }));
            const WeightSetPtr before = loop->publish();
            const DatasetPtr data = fitted(openDataset({.name = "letter-t"}).value(), Shape{1, 5, 5}).value();
            const auto test = evaluate(makePreset("perceptron-t").value(), *before, *data, Split::Test);
            QVERIFY(test.ok());
            QVERIFY(test->accuracy == 1.0 && test->loss == 0.0);
            QVERIFY(test->confusion == (std::vector<std::vector<std::int64_t>>{{75, 0}, {0, 25}}));
        }
    }

    // The course's own weights: +1 on the T, −1 elsewhere, threshold 8. The T scores 9, each wrong pixel costs 1.
    void handSetPerceptronAcceptsOnlyTheT() {
        const NetworkSpec spec = makePreset("perceptron-t").value();
        WeightSet weights = initialWeights(spec, analyze(spec), 1);
        for (std::size_t pixel = 0; pixel < kLetterT.size(); ++pixel) weights.parameters[pixel] = kLetterT[pixel] == 1 ? 1.0F : -1.0F;
        weights.parameters[25] = -8.0F;
        const auto data = openDataset({.name = "letter-t", .sizes = GeneratedSizes{.train = 4000, .validation = 0, .test = 0}});
        const auto result = evaluate(spec, weights, **data, Split::Train);
        QVERIFY(result.ok());
        QVERIFY(result->loss == 0.0 && result->accuracy == 1.0 && result->confusion[1][1] == 1000);
        const auto scores = predictSplit(spec, weights, **data, Split::Train);
        QVERIFY(scores.ok() && scores->wrong().empty());
        for (const auto& [threshold, right] : {std::pair{7.0F, false}, {9.0F, false}, {8.5F, true}}) {
            weights.parameters[25] = -threshold;
            QCOMPARE(evaluate(spec, weights, **data, Split::Train)->accuracy == 1.0, right);
        }
    }

    // No line parts the four cases: with one layer of perceptrons XOR keeps its errors.
    void perceptronFailsAtXor() {
        const NetworkSpec spec = makePreset("perceptron-t", {.input = Shape{2}, .classes = 2, .width = {}}).value();
        Recipe recipe = recipeOfPreset("perceptron-t").value();
        recipe.dataset = "xor";
        const auto loop = TrainingLoop::create(spec, fitted(openDataset({.name = "xor"}).value(), Shape{2}).value(), recipe);
        QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
        QVERIFY(trainToTheEnd(**loop));
        for (const EvaluationMetrics& row : (*loop)->history().validation) QVERIFY(row.loss > 0.0);
    }

    // Gradient descent on standardised sizes arrives at the closed form of least squares.
    void linearRegressionReachesTheClosedForm() {
        const auto loop = runOf("linear-regression");
        QVERIFY(loop && trainToTheEnd(*loop));
        const NetworkSpec spec = makePreset("linear-regression").value();
        const auto line = fittedLine(spec, *loop->bestWeights());
        QVERIFY(line && line->slopes.size() == 1);
        QVERIFY2(std::abs(line->intercept + 42.783) < 1e-3, qPrintable(QString::number(line->intercept, 'g', 9)));
        QVERIFY2(std::abs(line->slopes[0] - 0.22962) < 5e-6, qPrintable(QString::number(line->slopes[0], 'g', 9)));
        const EvaluationMetrics& end = loop->history().validation.back();
        QVERIFY2(std::abs(end.loss - 896.44) < 5e-3, qPrintable(QString::number(end.loss, 'g', 9)));
        QCOMPARE(end.accuracy, 0.0);  // a regression has none
        const DatasetPtr data = openDataset({.name = "houses"}).value();
        QCOMPARE(fittedLineText(*line, *targetsOf(*data)), std::string("price = −42.783 + 0.22962 · size"));
        const auto test = evaluate(spec, *loop->bestWeights(), *fitted(data, Shape{1}).value(), Split::Test);
        QVERIFY(test.ok() && std::abs(test->loss - 896.44) < 5e-3 && test->confusion.empty());
        QVERIFY(!predictSplit(spec, *loop->bestWeights(), *fitted(data, Shape{1}).value(), Split::Test).ok());
    }

    // 2 / the largest eigenvalue of the Hessian: on standardised sizes a rate of 1, on raw ones 4.2e-7.
    void linearRegressionDivergesAboveItsRates() {
        for (const bool raw : {false, true}) {
            NetworkSpec spec = makePreset("linear-regression").value();
            if (raw) {
                const NodeId input = spec.nodeByName("Input")->id;
                spec.setAttribute(input, "mean", std::vector<double>{0.0});
                spec.setAttribute(input, "std", std::vector<double>{1.0});
            }
            for (const double share : {0.9, 1.1}) {
                Recipe recipe = recipeOfPreset("linear-regression").value();
                recipe.rate = share * (raw ? 4.2e-7 : 1.0);
                const auto loop = TrainingLoop::create(spec, fitted(openDataset({.name = "houses"}).value(), Shape{1}).value(), recipe);
                QVERIFY(loop.ok() && trainToTheEnd(**loop));
                const double first = (*loop)->history().validation.front().loss, last = (*loop)->history().validation.back().loss;
                QVERIFY2((last > first) == (share > 1.0), qPrintable(QString("raw %1, share %2: %3 to %4").arg(raw).arg(share).arg(first).arg(last)));
            }
        }
    }

    // Each loss that does not fit the data is a sentence that says what would.
    void lossesThatDoNotFitAreExplained() {
        const auto problem = [](const std::string& preset, auto change) {
            NetworkSpec spec = makePreset(preset).value();
            Recipe recipe = recipeOfPreset(preset).value();
            change(spec, recipe);
            const auto data = fitted(openDataset({.name = recipe.dataset}).value(), *analyze(spec).inputShape);
            if (!data.ok()) return data.error().sentence();
            const auto loop = TrainingLoop::create(spec, *data, recipe);
            return loop.ok() ? std::string() : loop.error().sentence();
        };
        const auto withLoss = [](LossKind loss) { return [loss](NetworkSpec&, Recipe& recipe) { recipe.loss = loss; }; };
        QCOMPARE(problem("linear-regression", withLoss(LossKind::CrossEntropy)),
                 std::string("cross-entropy compares classes, and House prices tells the outputs which values to take: price, k$: "
                             "choose the mean squared error"));
        QVERIFY(problem("perceptron-t", withLoss(LossKind::CrossEntropy)).ends_with(": choose the mean squared error"));
        QVERIFY(problem("autoencoder-8-3-8", withLoss(LossKind::CrossEntropy)).find("Thermometer tells the outputs") != std::string::npos);
        QCOMPARE(problem("perceptron-t", [](NetworkSpec&, Recipe& recipe) { recipe.adversarial = AdversarialSpec{}; }),
                 std::string("adversarial training needs a class for each output, and Letter T has target values: leave it out"));
        QCOMPARE(problem("perceptron-t", withLoss(LossKind::MeanSquaredError)), std::string());
        const std::string outputs = problem("perceptron-t", [](NetworkSpec& spec, Recipe&) {
            spec.setAttribute(spec.nodeByName("Dense 1")->id, "units", std::int64_t{3});
        });
        QCOMPARE(outputs, std::string("Letter T wants 1 output, the network gives 3 outputs: give the last dense layer 1 unit"));
    }

    // A label of such a set is no place among the outputs: who reads it as one is refused.
    void targetsAreNotTakenForClasses() {
        const NetworkSpec spec = makePreset("perceptron-t").value();
        const DatasetPtr data = openDataset({.name = "letter-t"}).value();
        QVERIFY(requireFit(spec, analyze(spec), *data, Labels::ClassesOrTargets).ok());
        const Status refused = requireFit(spec, analyze(spec), *data);
        QVERIFY(!refused.ok() && refused.error().message.find("one output for each class") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestLearningRules)
#include "tst_learning_rules.moc"
