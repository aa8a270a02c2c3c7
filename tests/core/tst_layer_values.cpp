// What single kinds of layer do to chosen values: kinks, ties, NaN, masks, running statistics.
#include <QTest>

#include <cmath>
#include <limits>

#include "core/layers/dropout_mask.h"
#include "tests/core/layer_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

using Integers = std::vector<std::int64_t>;

}  // namespace

class TestLayerValues : public QObject {
    Q_OBJECT

  private slots:
    void maxPoolGivesTheGradientToTheFirstOfEquals();
    void activationsKeepNaN();
    void softmaxSurvivesLargeScores();
    void activationsBend_data();
    void activationsBend();
    void dropoutMaskIsThatOfTheRandomSequence();
    void dropoutKeepsTheMeanAndIsIdentityInEvaluation();
    void batchNormCollectsRunningStatistics();
    void inputNormalisesPerChannel();
};

void TestLayerValues::maxPoolGivesTheGradientToTheFirstOfEquals() {
    LayerCase<float> layer(*findLayerKind("max_pool"), {}, {Shape{1, 2, 2}}, 1);
    layer.inputs[0] = {1.0F, 3.0F, 3.0F, 3.0F};
    layer.outputGradient = {2.0F};
    layer.backward();
    QCOMPARE(layer.inputGradients[0], (std::vector<float>{0.0F, 2.0F, 0.0F, 0.0F}));
}

// A diverged training must not look healthy.
void TestLayerValues::activationsKeepNaN() {
    for (const LayerKind* kind : layerKinds()) {
        if (kind->group != LayerGroup::Activation) continue;
        LayerCase<float> layer(*kind, {}, {Shape{3}}, 1);
        layer.inputs[0] = {std::numeric_limits<float>::quiet_NaN(), -1.0F, 2.0F};
        layer.forward();
        QVERIFY2(std::isnan(layer.output[0]), kind->id.c_str());
        if (kind->id != "relu") continue;
        QCOMPARE(layer.output[1], 0.0F);
        QCOMPARE(layer.output[2], 2.0F);
    }
}

void TestLayerValues::softmaxSurvivesLargeScores() {
    LayerCase<float> layer(*findLayerKind("softmax"), {}, {Shape{3}}, 1);
    layer.inputs[0] = {1000.0F, 1000.0F, -1000.0F};
    layer.forward();
    QCOMPARE(layer.output, (std::vector<float>{0.5F, 0.5F, 0.0F}));
}

void TestLayerValues::activationsBend_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<double>("x");
    QTest::addColumn<double>("y");
    QTest::addColumn<double>("slope");
    const auto row = [](const char* kind, double x, double y, double slope) {
        QTest::addRow("%s at %g", kind, x) << kind << x << y << slope;
    };
    row("relu6", 7.0, 6.0, 0.0);
    row("relu6", 2.0, 2.0, 1.0);
    row("relu6", -1.0, 0.0, 0.0);
    row("step", 0.5, 1.0, 0.0);
    row("step", 0.0, 0.0, 0.0);
    row("step", -0.5, 0.0, 0.0);
    row("hard_sigmoid", -4.0, 0.0, 0.0);
    row("hard_sigmoid", 0.0, 0.5, 1.0 / 6.0);
    row("hard_sigmoid", 4.0, 1.0, 0.0);
    row("hard_swish", -4.0, 0.0, 0.0);
    row("hard_swish", 1.5, 1.125, 1.0);
    row("hard_swish", 5.0, 5.0, 1.0);
    row("softplus", 30.0, 30.0, 1.0);
    row("softplus", 0.0, std::log(2.0), 0.5);
    row("silu", 0.0, 0.0, 0.5);
    row("gelu", 0.0, 0.0, 0.5);
    row("elu", -1.0, std::exp(-1.0) - 1.0, std::exp(-1.0));
    row("prelu", 3.0, 3.0, 1.0);
    row("prelu", -2.0, -0.5, 0.25);
}

void TestLayerValues::activationsBend() {
    QFETCH(QString, kind);
    QFETCH(double, x);
    QFETCH(double, y);
    QFETCH(double, slope);
    LayerCase<double> layer(*findLayerKind(kind.toStdString()), {}, {Shape{1}}, 1);
    layer.inputs[0] = {x};
    layer.outputGradient = {1.0};
    if (!layer.parameters.empty()) layer.parameters[0] = {0.25};
    layer.forward();
    layer.backward();
    QVERIFY(std::abs(layer.output[0] - y) < 1e-12);
    QVERIFY(std::abs(layer.inputGradients[0][0] - slope) < 1e-12);
}

void TestLayerValues::dropoutMaskIsThatOfTheRandomSequence() {
    constexpr double kRate = 0.3;
    RandomSequence sequence(11, RandomStreamId::Dropout, 42, 9);
    const DropoutMask mask(11, 42, 9, kRate);
    for (std::uint64_t element = 0; element < 1000; ++element) {
        const bool kept = sequence.uniform() >= static_cast<float>(kRate);
        QCOMPARE(mask.keeps(element), kept);
        QCOMPARE(dropoutKeeps(11, 42, 9, element, kRate), kept);
        QCOMPARE(mask.keepsBlock(element / 4)[element % 4], kept);
    }
    int differences = 0;
    for (std::uint64_t element = 0; element < 1000; ++element) {
        differences += dropoutKeeps(11, 43, 9, element, kRate) != mask.keeps(element) ? 1 : 0;
    }
    QVERIFY(differences > 300);  // 2 · 0.3 · 0.7 · 1000 = 420 expected
}

void TestLayerValues::dropoutKeepsTheMeanAndIsIdentityInEvaluation() {
    LayerCase<double> layer(*findLayerKind("dropout"), {{"rate", 0.4}}, {Shape{20000}}, 1);
    layer.inputs[0].assign(20000, 1.0);
    layer.training = true;
    layer.forward();
    double sum = 0.0;
    for (const double value : layer.output) {
        QVERIFY(value == 0.0 || std::abs(value - 1.0 / 0.6) < 1e-12);
        sum += value;
    }
    QVERIFY(std::abs(sum / 20000.0 - 1.0) < 0.03);  // four standard deviations are 0.023
    layer.training = false;
    layer.forward();
    QVERIFY(layer.output == layer.inputs[0]);
}

void TestLayerValues::batchNormCollectsRunningStatistics() {
    LayerCase<double> layer(*findLayerKind("batch_norm"), {{"momentum", 0.1}}, {Shape{1}}, 4);
    layer.inputs[0] = {1.0, 2.0, 3.0, 6.0};  // mean 3, variance 14/4 biased, 14/3 unbiased
    layer.parameters = {{2.0}, {1.0}, {0.0}, {1.0}};
    layer.training = true;
    layer.forward();
    QCOMPARE(layer.parameters[2][0], 0.9 * 0.0 + 0.1 * 3.0);
    QCOMPARE(layer.parameters[3][0], 0.9 * 1.0 + 0.1 * 14.0 / 3.0);
    QCOMPARE(layer.output[3], 2.0 * 3.0 / std::sqrt(3.5 + 1e-5) + 1.0);
    const auto before = layer.parameters;
    layer.training = false;
    layer.forward();
    QVERIFY(layer.parameters == before);
}

void TestLayerValues::inputNormalisesPerChannel() {
    LayerCase<float> layer(*findLayerKind("input"),
                           {{"shape", Integers{2, 1, 2}}, {"mean", std::vector<double>{0.5, 0.25}},
                            {"std", std::vector<double>{0.5, 0.25}}},
                           {Shape{2, 1, 2}}, 1);
    layer.inputs[0] = {0.0F, 1.0F, 0.0F, 1.0F};
    layer.forward();
    QCOMPARE(layer.output, (std::vector<float>{-1.0F, 1.0F, -1.0F, 3.0F}));
}

QTEST_GUILESS_MAIN(TestLayerValues)
#include "tst_layer_values.moc"
