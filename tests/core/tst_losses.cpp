// Losses and their gradients against PyTorch's numbers, through a network that hands its input on unchanged.
#include <QTest>

#include <cmath>

#include "core/model/model.h"
#include "core/model/output_targets.h"
#include "core/tensor/tensor.h"
#include "tests/core/tiny_training.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

/// input (n) → dense with the identity as its weights → output.
std::unique_ptr<Model> identityModel(std::int64_t n, std::int64_t batch, LossKind loss,
                                     const std::vector<Layer>& behind = {}) {
    std::vector<Layer> layers{{"input", {{"shape", std::vector<std::int64_t>{n}}}},
                              {"dense", {{"units", n}}}};
    layers.insert(layers.end(), behind.begin(), behind.end());
    layers.push_back({"output", {}});
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = true;
    options.inputGradient = true;
    options.loss = loss;
    auto model = Model::compile(chain(layers), options);
    if (!model.ok()) throw std::runtime_error(model.error().sentence());
    WeightSet weights = (*model)->copyWeights(0);
    std::ranges::fill(weights.parameters, 0.0F);
    for (std::int64_t i = 0; i < n; ++i) weights.parameters[static_cast<std::size_t>(i * n + i)] = 1.0F;
    const Status bound = (*model)->bind(weights);
    if (!bound.ok()) throw std::runtime_error(bound.error().sentence());
    return std::move(model).value();
}

void aim(Model& model, std::vector<float> rows) { dynamic_cast<TakesOutputTargets&>(model).setOutputTargets(std::move(rows)); }

}  // namespace

class TestLosses : public QObject {
    Q_OBJECT

  private slots:
    void crossEntropyIsPyTorchs_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("behind");
        for (const auto& entry : goldenCases("losses")) {
            if (entry.at("loss_kind") != "cross_entropy") continue;
            const std::string name = entry.at("name");
            QTest::newRow(name.c_str()) << QString::fromStdString(name) << "";
            QTest::newRow((name + ", softmax folded").c_str()) << QString::fromStdString(name) << "softmax";
            QTest::newRow((name + ", log-softmax folded").c_str()) << QString::fromStdString(name) << "log_softmax";
            // With a layer behind it, it is computed: the loss of log-probabilities is that of their scores.
            if (name.find("extreme") == std::string::npos) {
                QTest::newRow((name + ", log-softmax computed").c_str()) << QString::fromStdString(name) << "log_softmax flatten";
            }
        }
    }
    void crossEntropyIsPyTorchs() {
        QFETCH(QString, name);
        QFETCH(QString, behind);
        const nlohmann::json golden = goldenCase("losses", name.toStdString());
        const GoldenArray input = golden.at("input").get<GoldenArray>();
        const std::vector<int> labels = golden.at("labels");
        std::vector<Layer> layers;
        for (const QString& kind : behind.split(' ', Qt::SkipEmptyParts)) layers.push_back({kind.toStdString(), {}});
        const auto model = identityModel(input.shape[1], input.shape[0], LossKind::CrossEntropy, layers);
        const std::vector<float> values = input.floats();
        model->setLossTargets({.smoothing = golden.value("label_smoothing", 0.0),
                               .classWeights = golden.value("class_weights", std::vector<float>{})});
        const LossResult result = model->trainStep({values.data(), Shape(input.shape)}, labels, 0);
        const double expected = golden.at("loss");
        QVERIFY(std::abs(result.loss - expected) <= 1e-6 * std::max(1.0, expected));
        QCOMPARE(result.count, input.shape[0]);
        const auto gradient = model->inputGradient();
        QVERIFY(largestDifference(std::span<const float>(gradient.span()),
                                  golden.at("input_gradient").get<GoldenArray>().data) < 1e-6);
    }

    void evaluationTakesNoNoticeOfTargets() {
        const auto model = identityModel(3, 2, LossKind::CrossEntropy);
        const std::vector<float> values{3, 1, 2, 0, 5, 1};
        const std::vector<int> labels{0, 1};
        const double before = model->evaluate({values.data(), {2, 3}}, labels).loss;
        model->setLossTargets({.smoothing = 0.2, .classWeights = {1, 5, 0}});
        QCOMPARE(model->evaluate({values.data(), {2, 3}}, labels).loss, before);
    }

    // Where no image of the batch counts there is nothing to learn, and no NaN.
    void imagesWithoutWeightAreLeftOut() {
        const auto model = identityModel(3, 2, LossKind::CrossEntropy);
        model->setLossTargets({.classWeights = {0, 1, 1}});
        const std::vector<float> values{3, 1, 2, 0, 5, 1};
        const std::vector<int> labels{0, 0};
        QCOMPARE(model->trainStep({values.data(), {2, 3}}, labels, 0).loss, 0.0);
        for (const float value : model->inputGradient().span()) QCOMPARE(value, 0.0F);
    }

    void hitsAreCounted() {
        const auto model = identityModel(3, 4, LossKind::CrossEntropy);
        const std::vector<float> values{3, 1, 2, 0, 5, 1, 1, 2, 7, 9, 1, 1};
        const std::vector<int> labels{0, 1, 1, 2};
        QCOMPARE(model->evaluate({values.data(), {4, 3}}, labels).correct, std::int64_t{2});
    }

    // Mean over images and classes of (value − one-hot)².
    void squaredErrorFollowsItsFormula() {
        const auto model = identityModel(3, 2, LossKind::MeanSquaredError);
        const std::vector<float> values{0.5F, 0.25F, -1.0F, 2.0F, 0.0F, 1.5F};
        const std::vector<int> labels{0, 2};
        const LossResult result = model->trainStep({values.data(), {2, 3}}, labels, 0);
        QVERIFY(std::abs(result.loss - (0.25 + 0.0625 + 1.0 + 4.0 + 0.0 + 0.25) / 6.0) < 1e-6);
        const std::vector<double> expected{-0.5 / 3, 0.25 / 3, -1.0 / 3, 2.0 / 3, 0.0, 0.5 / 3};
        QVERIFY(largestDifference(std::span<const float>(model->inputGradient().span()), expected) < 1e-6);
    }

    // A row of values for each label, more labels than outputs; the nearest row is what the outputs say.
    void squaredErrorAimsAtTargets() {
        const auto model = identityModel(2, 3, LossKind::MeanSquaredError);
        aim(*model, {0, 0, 1, 1, 5, -3});
        const std::vector<float> values{0.25F, 0.5F, 4.0F, -2.0F, 0.75F, 1.0F};
        const std::vector<int> labels{0, 2, 0};
        const LossResult result = model->trainStep({values.data(), {3, 2}}, labels, 0);
        QVERIFY(std::abs(result.loss - (0.0625 + 0.25 + 1.0 + 1.0 + 0.5625 + 1.0) / 6.0) < 1e-6);
        const std::vector<double> expected{0.25 / 3, 0.5 / 3, -1.0 / 3, 1.0 / 3, 0.75 / 3, 1.0 / 3};
        QVERIFY(largestDifference(std::span<const float>(model->inputGradient().span()), expected) < 1e-6);
        QCOMPARE(result.correct, std::int64_t{2});
        const LossResult evaluated = model->evaluate({values.data(), {3, 2}}, labels);
        QCOMPARE(evaluated.loss, result.loss);
        QCOMPARE(evaluated.correct, result.correct);
    }

    void regressionGradientIsItsFiniteDifference() {
        const auto model = identityModel(1, 4, LossKind::MeanSquaredError);
            aim(*model, {460, 232, 315, 178});
        std::vector<float> values{440, 282, 309, 153};
        const std::vector<int> labels{0, 1, 2, 3};
        static_cast<void>(model->trainStep({values.data(), {4, 1}}, labels, 0));
        const std::vector<float> gradient(model->inputGradient().span().begin(), model->inputGradient().span().end());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto lossAt = [&](float shift) {
                std::vector<float> moved = values;
                moved[i] += shift;
                return model->evaluate({moved.data(), {4, 1}}, labels).loss;
            };
            QVERIFY(std::abs((lossAt(1) - lossAt(-1)) / 2.0 - static_cast<double>(gradient[i])) < 1e-4);
        }
    }

    // Rosenblatt's rule: behind a step, only errors have a gradient, 2 (y − t); the loss is the zero–one loss.
    void perceptronLearnsFromErrorsOnly() {
        for (const bool learns : {true, false}) {
            const auto model = identityModel(1, 4, LossKind::MeanSquaredError, {{"step", {{"learning", std::string(learns ? "perceptron" : "none")}}}});
            aim(*model, {0, 1});
            const std::vector<float> values{2.0F, -0.5F, 0.0F, 3.0F};  // fires, rests, rests at the threshold itself, fires
            const std::vector<int> labels{1, 1, 0, 0};
            const LossResult result = model->trainStep({values.data(), {4, 1}}, labels, 0);
            QCOMPARE(result.loss, 0.5);
            QCOMPARE(result.correct, std::int64_t{2});
            const std::vector<double> expected = learns ? std::vector<double>{0, -0.5, 0, 0.5} : std::vector<double>(4, 0.0);
            QVERIFY(largestDifference(std::span<const float>(model->inputGradient().span()), expected) < 1e-9);
            QCOMPARE(model->evaluate({values.data(), {4, 1}}, labels).loss, 0.5);
            const View<const float> fired = model->forward({values.data(), {4, 1}});
            QVERIFY(fired[0] == 1.0F && fired[1] == 0.0F && fired[2] == 0.0F && fired[3] == 1.0F);
        }
    }

    // The gradient is that of twice the perceptron criterion: the sum of |v| over the wrong outputs, a mean over the images.
    void perceptronGradientIsThatOfItsCriterion() {
        const auto model = identityModel(3, 2, LossKind::MeanSquaredError, {{"step", {{"learning", std::string("perceptron")}}}});
        const std::vector<float> values{0.5F, 0.75F, -1.0F, -2.0F, 0.25F, 1.5F};
        const std::vector<int> labels{0, 2};  // no targets: one output for each class
        const auto criterion = [&](const std::vector<float>& v) {
            double sum = 0.0;
            for (std::size_t i = 0; i < v.size(); ++i) {
                const bool wanted = labels[i / 3] == static_cast<int>(i % 3);
                if ((v[i] > 0.0F) != wanted) sum += std::abs(static_cast<double>(v[i])) / 2.0;
            }
            return sum;
        };
        const LossResult result = model->trainStep({values.data(), {2, 3}}, labels, 0);
        QVERIFY(std::abs(result.loss - 2.0 / 6.0) < 1e-9);
        const std::vector<float> gradient(model->inputGradient().span().begin(), model->inputGradient().span().end());
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::vector<float> up = values, down = values;
            up[i] += 0.125F;
            down[i] -= 0.125F;
            const double slope = (criterion(up) - criterion(down)) / 0.25;
            QVERIFY(std::abs(2.0 * slope / 3.0 - static_cast<double>(gradient[i])) < 1e-6);
        }
    }
};

QTEST_GUILESS_MAIN(TestLosses)
#include "tst_losses.moc"
