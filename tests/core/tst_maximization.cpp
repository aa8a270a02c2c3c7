// The image that excites a unit most: a known optimum, growth on real networks, repeatability, dead units,
// refusals.
#include <QtTest>

#include "core/inspect/maximization.h"
#include "tests/core/inspect_case.h"
#include "tests/core/spec_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

WeightSetPtr lively(const NetworkSpec& spec) { return std::make_shared<WeightSet>(livelyWeights(spec)); }

std::unique_ptr<ActivationMaximizer> maximizer(const NetworkSpec& spec, const WeightSetPtr& weights,
                                               const MaximizationOptions& options) {
    auto made = ActivationMaximizer::create(spec, weights, options);
    if (!made.ok()) throw std::runtime_error(made.error().sentence());
    return std::move(made).value();
}

void runAll(ActivationMaximizer& maximizer) {
    while (!maximizer.finished()) {
        if (const Status status = maximizer.runStep(); !status.ok())
            throw std::runtime_error(status.error().sentence());
    }
}

std::vector<float> pixelsOf(const ActivationMaximizer& maximizer) {
    const View<const float> image = maximizer.image();
    return {image.data, image.data + image.size()};
}

double unitOn(const ActivationSnapshot& snapshot, NodeId layer, std::int64_t channel) {
    const Tensor& output = snapshot.outputs.at(layer);
    const std::int64_t plane = output.size() / output.shape().channels();
    double sum = 0.0;
    for (std::int64_t i = 0; i < plane; ++i) sum += output.data()[channel * plane + i];
    return sum / static_cast<double>(plane);
}

}  // namespace

class TestMaximization : public QObject {
    Q_OBJECT

  private slots:
    // One value of a convolution is largest where pixels under positive weights are white, the others black.
    void findsTheKnownOptimum() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSetPtr weights = lively(spec);
        MaximizationOptions options;
        options.layer = idOf(spec, "Conv 1");
        options.channel = 4;
        options.place = {10, 12};
        options.decay = options.smoothing = 0.0;
        const auto climbing = maximizer(spec, weights, options);
        runAll(*climbing);
        const auto kernel =
            weights->values(*weights->layout->find(options.layer, "weight")).subspan(4 * 9, 9);
        double expected = weights->values(*weights->layout->find(options.layer, "bias"))[4];
        for (std::int64_t tap = 0; tap < 9; ++tap) {
            const float weight = kernel[static_cast<std::size_t>(tap)];
            expected += std::max(0.0F, weight);
            const float pixel = climbing->image()[(10 + tap / 3) * 32 + 12 + tap % 3];
            QCOMPARE(pixel, weight > 0.0F ? 1.0F : 0.0F);
        }
        QVERIFY(std::abs(climbing->activation() - expected) < 1e-5);
        QCOMPARE(climbing->step(), 200);
    }

    void raisesEveryKindOfUnit_data() {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("layer");
        QTest::newRow("map") << "residual"
                             << "Add 2";
        QTest::newRow("convolution") << "lenet-like"
                                     << "Conv 2";
        QTest::newRow("hidden unit") << "lenet-like"
                                     << "Dense 1";
        QTest::newRow("class") << "lenet-like"
                               << "Dense 3";
        QTest::newRow("probability") << "lenet-like"
                                     << "Softmax 1";
        QTest::newRow("concat") << "mixed"
                                << "Concat 1";
        QTest::newRow("dense network") << "mlp-512-256"
                                       << "Dense 2";
    }
    void raisesEveryKindOfUnit() {
        QFETCH(QString, network);
        QFETCH(QString, layer);
        const NetworkSpec spec = inspectedNetwork(network.toStdString());
        const WeightSetPtr weights = lively(spec);
        const WeightSet before = *weights;
        MaximizationOptions options;
        options.layer = idOf(spec, layer.toStdString());
        options.channel = 2;
        options.steps = 60;
        const auto climbing = maximizer(spec, weights, options);
        const double start = climbing->activation();
        runAll(*climbing);
        for (const float pixel : pixelsOf(*climbing)) QVERIFY(pixel >= 0.0F && pixel <= 1.0F);
        Tensor image(climbing->image().shape);
        std::copy_n(climbing->image().data, image.size(), image.data());
        const double reached = unitOn(*snapshotOf(spec, weights, &image), options.layer, 2);
        QVERIFY(std::abs(reached - climbing->activation()) < 1e-4 * std::max(1.0, std::abs(reached)));
        const double random = unitOn(*snapshotOf(spec, weights), options.layer, 2);
        QVERIFY2(reached > start + 0.01 && reached > random,
                 qPrintable(QString("%1 → %2, random %3").arg(start).arg(reached).arg(random)));
        QVERIFY(sameWeights(*weights, before));
    }

    void sameSeedSameImage() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSetPtr weights = lively(spec);
        MaximizationOptions options;
        options.layer = idOf(spec, "Conv 2");
        options.steps = 15;
        const auto imageWith = [&](std::uint64_t seed) {
            options.seed = seed;
            const auto climbing = maximizer(spec, weights, options);
            runAll(*climbing);
            return pixelsOf(*climbing);
        };
        QVERIFY(imageWith(1) == imageWith(1));
        QVERIFY(imageWith(1) != imageWith(2));
    }

    void smoothingAndDecayDoWhatTheySay() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSetPtr weights = lively(spec);
        MaximizationOptions options;
        options.layer = idOf(spec, "Conv 2");
        options.steps = 41;
        const auto measure = [&](double decay, double smoothing) {
            options.decay = decay;
            options.smoothing = smoothing;
            const auto climbing = maximizer(spec, weights, options);
            runAll(*climbing);
            const auto pixels = pixelsOf(*climbing);
            std::pair<double, double> roughnessAndContrast;
            for (std::size_t i = 1; i < pixels.size(); ++i) {
                roughnessAndContrast.first += std::abs(pixels[i] - pixels[i - 1]);
                roughnessAndContrast.second += std::abs(pixels[i] - 0.5);
            }
            return roughnessAndContrast;
        };
        const auto plain = measure(0.0, 0.0);
        QVERIFY(measure(0.0, 0.8).first < 0.8 * plain.first);
        QVERIFY(measure(0.3, 0.0).second < 0.8 * plain.second);
    }

    void aDeadUnitSaysSo() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        WeightSet weights = livelyWeights(spec);
        const NodeId conv = idOf(spec, "Conv 1");
        weights.parameters[weights.layout->find(conv, "bias")->offset + 3] = -1000.0F;
        const auto shared = std::make_shared<WeightSet>(weights);
        MaximizationOptions options;
        options.layer = idOf(spec, "ReLU 1");
        options.channel = 3;
        const auto dead = maximizer(spec, shared, options);
        const Status status = dead->runStep();
        QVERIFY(!status.ok());
        QCOMPARE(status.error().node, std::string("ReLU 1"));
        QVERIFY2(status.error().message.find("map 3 is dead") != std::string::npos,
                 status.error().message.c_str());
        // Before its activation it can be raised.
        options.layer = conv;
        const auto before = maximizer(spec, shared, options);
        const double start = before->activation();
        runAll(*before);
        QVERIFY(before->activation() > start);
    }

    void refusesWhatIsNotThere() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSetPtr weights = lively(spec);
        MaximizationOptions options;
        options.layer = idOf(spec, "Conv 1");
        const auto refusal = [&] { return ActivationMaximizer::create(spec, weights, options).error(); };
        options.channel = 6;
        QCOMPARE(refusal().code, ErrorCode::InvalidArgument);
        QVERIFY(refusal().message.find("no map 6, they are counted from 0 to 5") != std::string::npos);
        options.channel = 0;
        options.place = {30, 0};
        QVERIFY(refusal().message.find("30×30") != std::string::npos);
        options.place.reset();
        options.layer = idOf(spec, "Input");
        QCOMPARE(refusal().node, std::string("Input"));
        options.layer = NodeId{99};
        QCOMPARE(refusal().code, ErrorCode::NotFound);
        options.layer = idOf(spec, "Conv 1");
        options.rate = NAN;
        QCOMPARE(refusal().code, ErrorCode::InvalidArgument);
        options.rate = 0.1;
        options.smoothing = 1.5;
        QCOMPARE(refusal().code, ErrorCode::InvalidArgument);
        options.smoothing = 0.5;
        options.steps = 0;
        QCOMPARE(refusal().code, ErrorCode::InvalidArgument);
        QVERIFY(!ActivationMaximizer::create(NetworkSpec{}, weights, options).ok());
        QCOMPARE(
            ActivationMaximizer::create(residualNetwork(), weights, {.layer = {2}, .place = {}}).error().code,
            ErrorCode::ShapeMismatch);
    }
};

QTEST_GUILESS_MAIN(TestMaximization)
#include "tst_maximization.moc"
