// Ranges of activations: what is observed, on which images, and what is refused.
#include <QtTest>

#include "core/compress/quantization/calibration.h"
#include "core/model/model.h"
#include "tests/core/network_examples.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

WeightSet weightsOf(const NetworkSpec& spec) { return initialWeights(spec, analyze(spec), 7); }

DatasetPtr datasetOf(std::int64_t train, const Shape& shape = {1, 8, 8}) {
    DatasetInfo info;
    info.id = "tiny";
    info.title = "Tiny bars";
    info.imageShape = shape;
    info.classNames = {"horizontal", "vertical", "diagonal"};
    return std::make_shared<MemoryDataset>(info, tinyImages(train, 1), tinyImages(9, 2), tinyImages(9, 3));
}

}  // namespace

class TestCalibration : public QObject {
    Q_OBJECT

  private slots:
    void extremesAreThoseOfTheModel() {
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = weightsOf(spec);
        const DatasetPtr dataset = tinyDataset();
        QuantizationSettings settings;
        settings.calibrationImages = 1000;  // more than there are: all of them
        const ActivationStatistics seen = observeActivations(spec, weights, *dataset, settings, 0).value();
        QCOMPARE(seen.images, kTinyTrain);

        CompileOptions options;
        options.maximumBatch = kTinyTrain;
        options.taps = quantizedActivations(spec, analyze(spec));
        auto model = std::move(Model::compile(spec, options)).value();
        QVERIFY(model->bind(weights).ok());
        Tensor images(dataset->info().imageShape.withBatch(kTinyTrain));
        for (std::int64_t i = 0; i < kTinyTrain; ++i) {
            dataset->image(Split::Train, i, images.span().subspan(static_cast<std::size_t>(64 * i), 64));
        }
        model->forward(images.view());
        QCOMPARE(seen.seen.size(), options.taps.size());
        for (const NodeId node : options.taps) {
            const auto [low, high] = std::ranges::minmax(model->tap(node).span());
            QVERIFY(std::abs(seen.seen.at(node).low - low) <= 1e-5F && std::abs(seen.seen.at(node).high - high) <= 1e-5F);
            QCOMPARE(seen.seen.at(node).total(), static_cast<double>(model->tap(node).size()));
        }
    }

    // Values exist behind the activation that is joined to a convolution, not between the two.
    void onlyWhatExists() {
        const NetworkSpec spec = tinyNetwork();
        std::vector<std::string> names;
        for (const NodeId node : quantizedActivations(spec, analyze(spec))) names.push_back(spec.node(node)->kind);
        QCOMPARE(names, (std::vector<std::string>{"input", "relu", "dense"}));
    }

    void sameSampleEveryTime() {
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = weightsOf(spec);
        const DatasetPtr dataset = tinyDataset();
        QuantizationSettings settings;
        settings.calibrationImages = 12;
        const auto ranges = [&](std::uint64_t seed) {
            return chooseRanges(observeActivations(spec, weights, *dataset, settings, seed).value(), settings).value();
        };
        QVERIFY(ranges(1) == ranges(1));
        QVERIFY(ranges(1).ranges != ranges(2).ranges);
        QCOMPARE(ranges(1).images, std::int64_t{12});
    }

    void rulesNarrowTheRange() {
        const NetworkSpec spec = tinyNetwork();
        const DatasetPtr dataset = tinyDataset();
        QuantizationSettings settings;
        settings.activationBits = 3;
        const ActivationStatistics seen = observeActivations(spec, weightsOf(spec), *dataset, settings, 0).value();
        const ActivationRanges whole = chooseRanges(seen, settings).value();
        settings.range = "mse";
        const ActivationRanges narrow = chooseRanges(seen, settings).value();
        bool narrower = false;
        for (const auto& [node, range] : whole.ranges) {
            QVERIFY(narrow.ranges.at(node).high <= range.high);
            narrower = narrower || narrow.ranges.at(node).high < range.high;
        }
        QVERIFY(narrower);
    }

    void refusals() {
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = weightsOf(spec);
        const auto sentence = [&](const Dataset& dataset, const QuantizationSettings& settings = {}) {
            const auto seen = observeActivations(spec, weights, dataset, settings, 0);
            return seen.ok() ? std::string() : seen.error().sentence();
        };
        QVERIFY(sentence(*datasetOf(0)).find("no training images") != std::string::npos);
        QVERIFY(sentence(*datasetOf(6, {1, 4, 16})).find("1×4×16") != std::string::npos);
        QVERIFY(sentence(*tinyDataset(), {.calibrationImages = 0}).find("0 calibration images") != std::string::npos);
        WeightSet broken = weights;
        broken.parameters.back() = std::numeric_limits<float>::quiet_NaN();
        const auto seen = observeActivations(spec, broken, *tinyDataset(), {}, 0);
        QVERIFY(!seen.ok());
        QVERIFY(seen.error().sentence().find("not finite") != std::string::npos);
        const auto rule = chooseRanges({}, {.range = "minmx"});
        QVERIFY(!rule.ok() && rule.error().sentence().find("minmax") != std::string::npos);
    }

    void cancels() {
        int asked = 0;
        const auto seen = observeActivations(tinyNetwork(), weightsOf(tinyNetwork()), *tinyDataset(), {}, 0,
                                             [&](double) { return ++asked < 2; });
        QVERIFY(!seen.ok());
        QCOMPARE(seen.error().code, ErrorCode::Cancelled);
        QCOMPARE(asked, 2);
    }
};

QTEST_GUILESS_MAIN(TestCalibration)
#include "tst_calibration.moc"
