// The learning-rate range test: it finds where learning happens, leaves everything else alone, and can be cancelled.
#include <QTest>

#include <cmath>

#include "core/train/rate_range.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

Recipe plainDescent() {
    Recipe recipe = tinyRecipe();
    recipe.optimizer = *parseOptimizer("sgd:momentum=0");
    return recipe;
}

}  // namespace

class TestRateRange : public QObject {
    Q_OBJECT

  private slots:
    void findsARateThatLearns() {
        const RateRangeOptions options{.lowest = 1e-5, .highest = 100.0, .steps = 120};
        const auto range = measureRateRange(tinyNetwork(), tinyDataset(), plainDescent(), nullptr, options);
        QVERIFY(range.ok());
        QVERIFY(range->suggested && range->lowestLoss);
        QVERIFY2(*range->suggested > 1e-3 && *range->suggested < 10.0, qPrintable(QString::number(*range->suggested)));
        QVERIFY(*range->suggested <= *range->lowestLoss);
        for (std::size_t i = 1; i < range->points.size(); ++i) {
            const double factor = range->points[i].rate / range->points[i - 1].rate;
            QVERIFY(std::abs(factor - std::pow(1e7, 1.0 / 119.0)) < 1e-9);
        }
        QCOMPARE(range->points.front().rate, 1e-5);
        // A training at that rate learns; one at the lowest does not.
        const auto lossAfter = [](double rate) {
            Recipe recipe = plainDescent();
            recipe.rate = rate;
            auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe);
            while (!(*loop)->finished()) {
                if (!(*loop)->runStep().ok()) return 1e9;
            }
            return (*loop)->history().validation.back().loss;
        };
        QVERIFY(lossAfter(*range->suggested) < 0.7 * lossAfter(1e-5));
    }

    void repeatsAndDoesNotDependOnTheRecipesRate() {
        Recipe other = plainDescent();
        other.rate = 0.5;
        other.schedule = *parseSchedule("cosine:warmup_steps=10");
        const RateRangeOptions options{.lowest = 1e-4, .highest = 0.1, .steps = 20};
        const auto a = measureRateRange(tinyNetwork(), tinyDataset(), plainDescent(), nullptr, options);
        const auto b = measureRateRange(tinyNetwork(), tinyDataset(), other, nullptr, options);
        QCOMPARE(a->points.size(), std::size_t{20});
        for (std::size_t i = 0; i < a->points.size(); ++i) QCOMPARE(a->points[i].loss, b->points[i].loss);
        QVERIFY(!a->blewUp);
    }

    void endsWhereItBlowsUp() {
        const RateRangeOptions options{.lowest = 1.0, .highest = 1e30, .steps = 60};
        const auto range = measureRateRange(tinyNetwork(), tinyDataset(), plainDescent(), nullptr, options);
        QVERIFY(range.ok());
        QVERIFY(range->blewUp);
        QVERIFY(range->points.size() < 60);
        for (const RateRangePoint& point : range->points) QVERIFY(std::isfinite(point.loss));
    }

    void stopsWhenAsked() {
        int calls = 0;
        const auto range = measureRateRange(tinyNetwork(), tinyDataset(), plainDescent(), nullptr, {},
                                            [&](double share, const RateRange& soFar) {
                                                ++calls;
                                                return share < 0.1 && !soFar.points.empty();
                                            });
        QVERIFY(!range.ok() && range.error().code == ErrorCode::Cancelled);
        QCOMPARE(calls, 10);
    }

    void theSteepestPlaceIsSuggested() {
        RateRange range;
        for (int i = 0; i < 40; ++i) {
            const double x = i / 39.0;  // a smooth step down around 0.5, then up
            const double loss = 2.0 - 1.0 / (1.0 + std::exp(-20.0 * (x - 0.5))) + (x > 0.8 ? 30.0 * (x - 0.8) * (x - 0.8) : 0.0);
            range.points.push_back({std::pow(10.0, -4.0 + 4.0 * x), loss, loss});
        }
        judgeRateRange(range);
        QVERIFY(std::abs(std::log10(*range.suggested) + 2.0) < 0.15);
        QVERIFY(*range.lowestLoss > *range.suggested);
        for (RateRangePoint& point : range.points) point.smoothed = point.rate;  // only rises
        judgeRateRange(range);
        QVERIFY(!range.suggested);
    }

    void textsAreRead() {
        QVERIFY(*parseRateRange("") == RateRangeOptions{});
        QVERIFY(*parseRateRange("min=1e-4,steps=50") == (RateRangeOptions{.lowest = 1e-4, .highest = 1.0, .steps = 50}));
        const auto problem = [](const char* text) { return QString::fromStdString(parseRateRange(text).error().sentence()); };
        QVERIFY(problem("min=0").contains("give a rate above 0"));
        QVERIFY(problem("min=1,max=0.1").contains("give a rate above min, which is 1"));
        QVERIFY(problem("steps=3").contains("from 10 to 100,000"));
        QVERIFY(problem("steps=2.5").contains("give a whole number"));
        QVERIFY(problem("maximum=3").contains("did you mean \"max\""));
        QVERIFY(problem("min=nan").contains("min is NaN"));
    }
};

QTEST_GUILESS_MAIN(TestRateRange)
#include "tst_rate_range.moc"
