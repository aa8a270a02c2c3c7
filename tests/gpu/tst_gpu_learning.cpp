// What people train, on a device that is this processor: data with target values (the perceptron's T, house prices, the
// thermometers of 8-3-8) and real digits, against the processor's own arithmetic.
#include <QtTest>

#include "core/data/targets.h"
#include "core/graph/presets.h"
#include "core/inspect/fitted_line.h"
#include "core/model/output_targets.h"
#include "core/train/preset_recipe.h"
#include "datasets/catalogue.h"
#include "tests/core/tiny_training.h"
#include "tests/gpu/host_device.h"
#include "tests/gpu/model_pair.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

CompileModel onDevices(int count, bool ahead = true) {
    return [count, ahead](const NetworkSpec& spec, const CompileOptions& options) {
        GpuSettings settings{.ahead = ahead};
        for (int i = 1; i < count; ++i) settings.ordinals.push_back(i);
        return compileOnGpu(hostModule(), settings, spec, options);
    };
}

/// Each label aims at a row of two numbers that are no "1 for the class".
DatasetPtr aimedBars() { return withTargets(tinyDataset(), {.values = {0.5F, -1.0F, 2.0F, 0.25F, -1.5F, 1.0F}}); }

NetworkSpec twoOutputs() {
    return chain({{"input", {{"shape", std::vector<std::int64_t>{1, 8, 8}}}}, {"flatten", {}}, {"dense", {{"units", std::int64_t{5}}}}, {"tanh", {}},
                  {"dense", {{"units", std::int64_t{2}}}}, {"output", {}}});
}

std::string differs(const History& got, const History& expected, double tolerance) {
    const auto close = [tolerance](double a, double b) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); };
    if (got.steps.size() != expected.steps.size()) return "another number of steps";
    for (std::size_t i = 0; i < got.steps.size(); ++i) {
        const StepMetrics &a = got.steps[i], &b = expected.steps[i];
        if (!close(a.loss, b.loss) || !close(a.accuracy, b.accuracy)) return "step " + std::to_string(b.step) + ": " + std::to_string(a.loss) + ", not " + std::to_string(b.loss);
    }
    if (got.validation.size() != expected.validation.size()) return "another number of validations";
    for (std::size_t i = 0; i < got.validation.size(); ++i) {
        const EvaluationMetrics &a = got.validation[i], &b = expected.validation[i];
        if (!close(a.loss, b.loss) || !close(a.accuracy, b.accuracy)) return "validation " + std::to_string(i) + ": " + std::to_string(a.loss) + ", not " + std::to_string(b.loss);
    }
    return {};
}

void trainToTheEnd(TrainingLoop& loop) {
    while (!loop.finished()) {
        const Status made = loop.runStep();
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().sentence().c_str());
    }
}

}  // namespace

class TestGpuLearning : public QObject {
    Q_OBJECT

  private slots:
    void init() { hostDevice() = {}; }

    // Loss, hits and gradients of one batch, by the squared error to rows; then 1 for the label again.
    void rowsToAimAt() {
        CompileOptions options = trainingOptions(7);
        options.loss = LossKind::MeanSquaredError;
        for (const int devices : {1, 2}) {
            ModelPair pair(onDevices(devices), twoOutputs(), options);
            const std::vector<float> rows = targetsOf(*aimedBars())->values;
            const std::vector<int> labels{2, 0, 1, 1, 2, 0, 2};
            for (const bool aimed : {true, false}) {
                std::vector<LossResult> trained, evaluated;
                std::vector<std::vector<float>> gradients;
                for (Model* model : {pair.cpu.get(), pair.device.get()}) {
                    dynamic_cast<TakesOutputTargets&>(*model).setOutputTargets(aimed ? rows : std::vector<float>{});
                    const std::vector<int> places{1, 0, 1, 1, 0, 0, 1};
                    trained.push_back(model->trainStep(pair.batchOf(7), aimed ? labels : places, 0));
                    gradients.push_back(copyOf(model->gradients()));
                    evaluated.push_back(model->evaluate(pair.batchOf(5), aimed ? labels : places));
                }
                QVERIFY(std::abs(trained[1].loss - trained[0].loss) < 1e-5 * trained[0].loss);
                QVERIFY(std::abs(evaluated[1].loss - evaluated[0].loss) < 1e-5 * evaluated[0].loss);
                QCOMPARE(trained[1].correct, trained[0].correct);
                QCOMPARE(evaluated[1].correct, evaluated[0].correct);
                QVERIFY(relativeError(gradients[1], gradients[0]) < 1e-4);
            }
        }
    }

    // Through the training loop, ahead and not, with partial batches, on two devices, and in mid-run from the processor to the device.
    void trainsOnRows() {
        Recipe recipe = tinyRecipe();
        recipe.loss = LossKind::MeanSquaredError;
        const auto loopOn = [&](const CompileModel& compile) { return TrainingLoop::create(twoOutputs(), aimedBars(), recipe, nullptr, nullptr, {}, {}, compile).value(); };
        const auto expected = loopOn(Model::compile), plain = loopOn(onDevices(1, false)), ahead = loopOn(onDevices(1)), two = loopOn(onDevices(2)), moved = loopOn(Model::compile);
        for (TrainingLoop* loop : {expected.get(), plain.get(), ahead.get(), two.get()}) trainToTheEnd(*loop);
        for (int i = 0; i < 9; ++i) QVERIFY(moved->runStep().ok());
        QVERIFY(moved->moveTo(onDevices(1)).ok());
        trainToTheEnd(*moved);
        for (const TrainingLoop* loop : {plain.get(), two.get(), moved.get()}) {
            const std::string found = differs(loop->history(), expected->history(), 1e-3);
            QVERIFY2(found.empty(), found.c_str());
        }
        QVERIFY(sameState(ahead->checkpoint(), plain->checkpoint()));
    }

    void noRoomForTheRows() {
        const std::size_t needed = compileOnGpu(hostModule(), GpuSettings{.updateStates = 2}, twoOutputs(), trainingOptions(16)).value()->arenaBytes();
        hostDevice().memoryBytes = needed + 8;
        Recipe recipe = tinyRecipe();
        recipe.loss = LossKind::MeanSquaredError;
        const auto refused = TrainingLoop::create(twoOutputs(), aimedBars(), recipe, nullptr, nullptr, {}, {}, [&](const NetworkSpec& spec, const CompileOptions& options) {
            return compileOnGpu(hostModule(), GpuSettings{.updateStates = 2}, spec, options);
        });
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
        QVERIFY2(refused.error().sentence().find("target values") != std::string::npos, refused.error().sentence().c_str());
    }

    // As their presets train, with the processor's losses, to what the courses say that they find.
    void presets_data() {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<double>("tolerance");
        QTest::newRow("perceptron") << "perceptron-t" << 1e-6;
        QTest::newRow("house prices") << "linear-regression" << 1e-4;
        QTest::newRow("8-3-8") << "autoencoder-8-3-8" << 2e-3;
    }
    void presets() {
        QFETCH(QString, preset);
        QFETCH(double, tolerance);
        const std::string name = preset.toStdString();
        const NetworkSpec spec = makePreset(name).value();
        const Recipe recipe = recipeOfPreset(name).value();
        const DatasetPtr dataset = fitted(openDataset({.name = recipe.dataset}).value(), *analyze(spec).inputShape).value();
        std::vector<std::unique_ptr<TrainingLoop>> loops;
        for (const CompileModel& compile : {CompileModel(Model::compile), onDevices(1)}) {
            auto loop = TrainingLoop::create(spec, dataset, recipe, nullptr, nullptr, {}, {}, compile);
            QVERIFY2(loop.ok(), loop.ok() ? "" : loop.error().sentence().c_str());
            loops.push_back(std::move(loop).value());
            trainToTheEnd(*loops.back());
        }
        QVERIFY(!hostDevice().executor->bufferCalls.empty());
        const std::string found = differs(loops[1]->history(), loops[0]->history(), tolerance);
        QVERIFY2(found.empty(), found.c_str());
        if (name == "perceptron-t") QCOMPARE(loops[1]->history().validation.back().accuracy, 1.0);
        if (name == "linear-regression") {
            const auto line = fittedLine(spec, *loops[1]->bestWeights());
            QVERIFY(line && std::abs(line->intercept + 42.783) < 1e-2 && std::abs(line->slopes[0] - 0.22962) < 5e-5);
        }
    }

    // Real digits: one step after the other, ahead, and watched while it goes on make the same bits; two devices the same curve.
    void realDigits() {
        if (!datasetAvailable("mnist")) QSKIP("mnist is not in $CONVOLAB_DATA: real digits were not trained on");
        const NetworkSpec spec = makePreset("conv20-conv50").value();
        const DatasetPtr dataset = fitted(limited(openDataset({.name = "mnist"}).value(), 200), *analyze(spec).inputShape).value();
        Recipe recipe;
        recipe.batchSize = 32;
        recipe.steps = 10;
        recipe.rate = 0.02;
        recipe.optimizer = parseOptimizer("sgd").value();
        recipe.validationEvery = 5;
        recipe.augmentations = {parseAugmentation("shift").value()};
        const auto loopOn = [&](const CompileModel& compile) { return TrainingLoop::create(spec, dataset, recipe, nullptr, nullptr, {}, {}, compile).value(); };
        const auto cpu = loopOn(Model::compile), plain = loopOn(onDevices(1, false)), ahead = loopOn(onDevices(1)), two = loopOn(onDevices(2));
        for (TrainingLoop* loop : {cpu.get(), plain.get(), two.get()}) trainToTheEnd(*loop);
        while (!ahead->finished()) {
            ahead->postWeights();
            ahead->takeWeights();
            QVERIFY(ahead->runStep().ok());
        }
        QVERIFY(sameState(ahead->checkpoint(), plain->checkpoint()));
        for (const TrainingLoop* loop : {plain.get(), ahead.get(), two.get()}) {
            const std::string found = differs(loop->history(), cpu->history(), 5e-3);
            QVERIFY2(found.empty(), found.c_str());
        }
        QVERIFY(cpu->history().steps.back().loss < cpu->history().steps.front().loss);
    }
};

QTEST_GUILESS_MAIN(TestGpuLearning)
#include "tst_gpu_learning.moc"
