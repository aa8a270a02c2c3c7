// Accuracy on a fixed sample, and how it falls when one layer alone is pruned.
#include <QTest>

#include <cmath>

#include "core/compress/quantization/integer_network.h"
#include "core/compress/sensitivity.h"
#include "core/compress/sharing/codebook.h"
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

SensitivityOptions few(Granularity granularity = Granularity::Weight) {
    SensitivityOptions options;
    options.granularity = granularity;
    options.sparsities = {0.9, 0.0, 0.5};
    return options;
}

}  // namespace

class TestSensitivity : public QObject {
    Q_OBJECT

  private slots:
    // The whole split, in any order, gives what evaluate gives.
    void quickAccuracyIsTheAccuracy() {
        const DatasetPtr dataset = tinyDataset(250);
        const auto quick = must(QuickAccuracy::create(tinyNetwork(), *dataset, 1000));
        QCOMPARE(quick->images(), std::int64_t{250});
        const auto answer = must(quick->measure(trained()));
        const auto whole = must(evaluate(tinyNetwork(), trained(), *dataset, Split::Validation));
        QCOMPARE(answer.images, std::int64_t{250});
        QCOMPARE(answer.accuracy(), whole.accuracy);
        QVERIFY(std::abs(answer.loss - whole.loss) < 1e-5);
    }

    void masksAreApplied() {
        const auto quick = must(QuickAccuracy::create(tinyNetwork(), *tinyDataset(), 12, 3));
        QCOMPARE(quick->images(), std::int64_t{12});
        const auto plan = must(uniformPlan(tinyNetwork(), "random", Granularity::Weight, 0.8));
        const Masks masks = must(makeMasks(tinyNetwork(), trained(), plan));
        const auto direct = must(quick->measure(masked(trained(), masks)));
        const auto inside = must(quick->measure(trained(), masks));
        QCOMPARE(inside.correct, direct.correct);
        QCOMPARE(inside.loss, direct.loss);
        QVERIFY(must(quick->measure(trained())).loss != direct.loss);
    }

    void refusesWhatDoesNotFit() {
        QVERIFY(!QuickAccuracy::create(tinyNetwork(4), *tinyDataset()).ok());
        QVERIFY(!QuickAccuracy::create(tinyNetwork(), *tinyDataset(0)).ok());
        const auto quick = must(QuickAccuracy::create(tinyNetwork(), *tinyDataset()));
        const NetworkSpec other = tinyNetwork(5);
        QVERIFY(!quick->measure(initialWeights(other, analyze(other), 1)).ok());
        QVERIFY(!quick->measure(trained(), Masks{trained().layout, {1, 0, 1}}).ok());
        const auto cancelled = quick->measure(trained(), [] { return false; });
        QVERIFY(!cancelled.ok() && cancelled.error().code == ErrorCode::Cancelled);
    }

    void oneCurveForEachLayer() {
        std::vector<double> shares;
        std::size_t points = 0;
        const auto result = must(measureSensitivity(
            tinyNetwork(), trained(), *tinyDataset(60), few(), [&](double share) { return shares.push_back(share), true; },
            [&](const SensitivityPoint&) { ++points; }));
        QCOMPARE(result.curves.size(), std::size_t{2});
        QCOMPARE(points, std::size_t{6});
        QVERIFY(std::ranges::is_sorted(shares) && shares.front() == 0.0 && shares.back() == 1.0);
        QVERIFY(!result.cancelled);
        for (const SensitivityCurve& curve : result.curves) {
            QCOMPARE(curve.points.size(), std::size_t{3});
            QCOMPARE(curve.points.front().sparsity, 0.0);
            QCOMPARE(curve.points.front().answer.correct, result.baseline.correct);
            // Each point by the long way round.
            for (const SensitivityPoint& point : curve.points) {
                CompressionPlan plan;
                plan.layers[curve.layer] = {.sparsity = point.sparsity};
                const WeightSet pruned = masked(trained(), must(makeMasks(tinyNetwork(), trained(), plan)));
                QCOMPARE(point.answer.accuracy(), must(evaluate(tinyNetwork(), pruned, *tinyDataset(60), Split::Validation)).accuracy);
            }
        }
        QVERIFY(result.curves.back().points.back().answer.loss > result.baseline.loss);
    }

    // A filter of four at 0.9 would be all four: three go, and the classes are no curve.
    void filtersAreWhole() {
        const auto result = must(measureSensitivity(tinyNetwork(), trained(), *tinyDataset(), few(Granularity::Filter)));
        QCOMPARE(result.curves.size(), std::size_t{1});
        QCOMPARE(result.curves.front().points.back().sparsity, 0.75);
    }

    // Instead of being pruned, a layer is rounded alone.
    void bitsGetCurvesToo() {
        SensitivityOptions options;
        options.bits = {2, 8, 4};
        for (const WeightLevels levels : {WeightLevels::Uniform, WeightLevels::KMeans}) {
            options.levels = levels;
            const auto result = must(measureSensitivity(tinyNetwork(), trained(), *tinyDataset(60), options));
            QCOMPARE(result.curves.size(), std::size_t{2});
            for (const SensitivityCurve& curve : result.curves) {
                QCOMPARE(curve.points.size(), std::size_t{3});
                QCOMPARE(curve.points.front().bits, 8);
                QCOMPARE(curve.points.back().bits, 2);
                for (const SensitivityPoint& point : curve.points) {
                    CompressionPlan plan;
                    plan.layers[curve.layer] = {.bits = point.bits, .levels = levels};
                    WeightSet rounded = shared(trained(), must(makeCodebooks(tinyNetwork(), trained(), plan)));
                    rounded = must(dequantizedWeights(tinyNetwork(), rounded, plan));
                    QCOMPARE(point.answer.accuracy(), must(evaluate(tinyNetwork(), rounded, *tinyDataset(60), Split::Validation)).accuracy);
                }
            }
        }
        options.bits = {9};
        QVERIFY(!measureSensitivity(tinyNetwork(), trained(), *tinyDataset(60), options).ok());
    }

    void cancellingKeepsWhatWasDone() {
        int asked = 0;
        const auto result = must(measureSensitivity(tinyNetwork(), trained(), *tinyDataset(), few(), [&](double) { return ++asked <= 3; }));
        QVERIFY(result.cancelled);
        QCOMPARE(result.curves.size(), std::size_t{1});
        QCOMPARE(result.curves.front().points.size(), std::size_t{2});
    }

    void badSparsities() {
        for (const double sparsity : {1.0, -0.1, std::nan("")}) {
            SensitivityOptions options;
            options.sparsities = {sparsity};
            QVERIFY(!measureSensitivity(tinyNetwork(), trained(), *tinyDataset(), options).ok());
        }
        SensitivityOptions options;
        options.criterion = "magnitud";
        QVERIFY(!measureSensitivity(tinyNetwork(), trained(), *tinyDataset(), options).ok());
        options = {};
        options.sparsities.clear();
        QVERIFY(!measureSensitivity(tinyNetwork(), trained(), *tinyDataset(), options).ok());
    }
};

QTEST_GUILESS_MAIN(TestSensitivity)
#include "tst_sensitivity.moc"
