// What the compress lens writes and plots.
#include <QTest>

#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/plan_recipe.h"
#include "app/lenses/compress/stage_presenters.h"

using namespace convolab;

namespace {

TriedPoint tried(std::int64_t id, std::int64_t bytes, double accuracy, bool fineTuned, const char* base = "b") {
    TriedPoint point;
    point.id = id;
    point.bytes = bytes;
    point.accuracy = accuracy;
    point.fineTuned = fineTuned;
    point.base = base;
    return point;
}

}  // namespace

class CompressPresentersTest : public QObject {
    Q_OBJECT

  private slots:
    void numbersReadAsPeopleSayThem() {
        QCOMPARE(sparsityText(0.0), std::string("–"));
        QCOMPARE(sparsityText(0.92), std::string("92 %"));
        QCOMPARE(sparsityText(0.9251), std::string("92.5 %"));
        QCOMPARE(sparsityText(0.996), std::string("99.6 %"));
        QCOMPARE(bitsText({}), std::string("FP32"));
        QCOMPARE(bitsText({.bits = 5}), std::string("5"));
        QCOMPARE(bitsText({.bits = 4, .levels = WeightLevels::KMeans}), std::string("4 K"));
        QCOMPARE(levelsText({.bits = 5}, 31), std::string("31 levels, 5 bit"));
        QCOMPARE(levelsText({.bits = 5, .levels = WeightLevels::KMeans}, 32), std::string("32 shared values, 5 bit"));
        QCOMPARE(levelsText({}, 0), std::string());
        QCOMPARE(decibelsText(21.34), std::string("21.3 dB"));
        QCOMPARE(decibelsText(INFINITY), std::string("exact"));
        QCOMPARE(relativeError(20.0), 0.1);
        QCOMPARE(relativeError(INFINITY), 0.0);
        QCOMPARE(pointsText(0.9772, 0.9862), std::string("▼ 0.90"));
        QCOMPARE(pointsText(0.99, 0.985), std::string("▲ 0.50"));
        QCOMPARE(pointsText(0.5, 0.5), std::string("±0"));
        LayerFigures layer;
        layer.plan.bits = 5;
        layer.weights = 100;
        layer.kept = 8;
        QCOMPARE(layerNumber(layer), std::string("5 · 92 %"));
        QCOMPARE(layerNumber({}), std::string("32 · 0 %"));
    }

    void accuraciesSaySplitNumberAndInterval() {
        PlanAccuracy accuracy{Split::Validation, 986, 1000, 5000};
        QCOMPARE(sampleText(accuracy), std::string("± 0.75 · validation, 1,000 of 5,000"));
        accuracy = {Split::Validation, 4931, 5000, 5000};
        QVERIFY(accuracy.whole());
        QCOMPARE(sampleText(accuracy), std::string("± 0.33 · validation, 5,000"));
    }

    void accuraciesSayHowTheyWereComputed() {
        CompressionPlan plan;
        PlanAccuracy accuracy{Split::Validation, 986, 1000, 5000};
        QCOMPARE(arithmeticText(plan, accuracy), std::string());
        plan.layers[NodeId{1}].bits = 8;
        accuracy.arithmetic = Arithmetic::Integers;
        QCOMPARE(arithmeticText(plan, accuracy), std::string("int8 on the CPU"));
        plan.layers[NodeId{2}].bits = 5;
        QVERIFY(arithmeticText(plan, accuracy).find("the size is as packed") != std::string::npos);
        accuracy.arithmetic = Arithmetic::Rounded;
        QVERIFY(arithmeticText(plan, accuracy).starts_with("simulated"));
    }

    void slowerIntegersAreSaidWithTheReason() {
        QCOMPARE(speedText({}), std::string());
        const std::string slow = speedText({{1, 100e-6, 150e-6, "only 45 multiplications go into each value"}, {64, 90e-6, 60e-6, ""}});
        QCOMPARE(slow, std::string("Integers here: 1.5× slower at batch 1 (150 µs, float32 100 µs an image); 1.5× faster at batch 64 "
                                   "(60 µs, float32 90 µs an image). Only 45 multiplications go into each value."));
        QVERIFY(speedText({{1, 100e-6, 150e-6, ""}}).find("Rounding every value") != std::string::npos);
        QVERIFY(speedText({{1, 100e-6, 101e-6, ""}}).find("as fast") != std::string::npos);
    }

    void errorsBecomeBars() {
        LayerQuantizationError row;
        row.node = NodeId{3};
        row.name = "Conv 1";
        row.bits = 4;
        row.weightSqnr = 20.0;
        row.outputSqnr = 14.0;
        row.outputMaxError = 0.5;
        const std::vector<ErrorBar> bars = errorBars({row});
        QCOMPARE(bars[0].bits, QStringLiteral("4"));
        QCOMPARE(bars[0].weights, 0.1);
        QVERIFY(std::abs(bars[0].outputs - 0.1995) < 1e-4);
        QCOMPARE(bars[0].text, QStringLiteral("14.0 dB"));
        QVERIFY(bars[0].hint.contains(QStringLiteral("largest error 0.5")));
        row.bits = kFloatBits;
        QVERIFY(errorBars({row})[0].bits.isEmpty());
    }

    void stagesSayWhatIsEstimated() {
        LaidPlan laid;
        laid.figures.weights = 431'080;
        laid.figures.kept = 16'000;
        laid.figures.denseBytes = 1'724'320;
        laid.figures.stages = {1'724'320, 66'161, 21'491, 19'452};
        laid.plan.layers[NodeId{1}] = {.sparsity = 0.96, .bits = 5, .levels = WeightLevels::KMeans};
        std::vector<Stage> stages = stagesOf(laid, nullptr, "huffman", {.dense = 0.9935, .pruned = {}, .last = 0.9926});
        QCOMPARE(stageLine(stages), std::string("1.64 MiB → ≈ 64.6 KiB → ≈ 21.0 KiB → ≈ 19.0 KiB · ≈ 88.6×"));
        QVERIFY(stages[1].accuracy == std::nullopt && stages[2].accuracy == 0.9926 && stages[3].accuracy == 0.9926);
        CodedPlan coded{{}, {}, "huffman", {1'724'320, 66'161, 21'491, 19'452}, 1'724'320, 19'452};
        stages = stagesOf(laid, &coded, "huffman", {.dense = 0.9935, .pruned = 0.994, .last = 0.9926});
        QCOMPARE(stageLine(stages), std::string("1.64 MiB → 64.6 KiB → 21.0 KiB → 19.0 KiB · 88.6×"));
        QVERIFY(stages[1].accuracy == 0.994);
        // Another coder ends where it ends.
        QCOMPARE(stagesOf(laid, &coded, "packed", {})[3].bytes, std::int64_t{21'491});
        // Uniform grids have no file; what is not planned has no stage.
        laid.plan.layers[NodeId{1}].levels = WeightLevels::Uniform;
        laid.figures.bytes = 21'491;
        stages = stagesOf(laid, nullptr, "huffman", {});
        QCOMPARE(stages[2].name, std::string("quantised"));
        QVERIFY(!stages[3].there());
        QCOMPARE(stageLine(stages), std::string("1.64 MiB → ≈ 64.6 KiB → ≈ 21.0 KiB · ≈ 80.2×"));
        laid.plan = {};
        laid.figures.kept = laid.figures.weights;
        stages = stagesOf(laid, nullptr, "huffman", {});
        QCOMPARE(stageLine(stages), std::string("1.64 MiB"));
        QCOMPARE(stageBytes(stages[1]), std::string("–"));
        QVERIFY(stageRatio(stages).empty());
    }

    void recipesTellHowAPlanCameAbout() {
        const NodeId conv{1}, dense{2};
        CompressionPlan plan;
        QVERIFY(!recipeOf({.plan = plan}).ok());
        plan.layers[conv] = {.sparsity = 0.5, .bits = 4, .levels = WeightLevels::KMeans};
        plan.layers[dense] = {.sparsity = 0.9};
        const auto actions = [](const Result<CompressionRecipe>& recipe) {
            std::string text;
            for (const CompressionStep& step : recipe->steps) text += std::string(compressionActionName(step.action)) + " ";
            return text;
        };
        QCOMPARE(actions(recipeOf({.plan = plan})), std::string("prune share code "));
        QVERIFY(planOf(*recipeOf({.plan = plan})) == plan);
        // Fine-tuned without a record: no recipe. With one: its steps stand first.
        QVERIFY(!recipeOf({.plan = plan, .tuned = true}).ok());
        CompressionPlan cut = plan;
        cut.layers[conv].bits = kFloatBits;
        const PlanSteps steps = stepsOfTuning({.plan = cut}, {}, true);
        QVERIFY(stepsOfTuning({.plan = cut, .tuned = true}, {}, true) == nullptr);
        const auto tuned = recipeOf({.plan = plan, .tuned = true, .steps = steps, .coder = "packed"});
        QCOMPARE(actions(tuned), std::string("prune share code "));
        QVERIFY(tuned->steps[0].training && tuned->steps[0].schedule == PruningSchedule::Gradual && tuned->steps[0].plan.of(conv).bits == kFloatBits);
        QCOMPARE(tuned->steps[2].coder, std::string("packed"));
        // Shared and trained since: no second sharing, and no recipe for other bits.
        const PlanSteps more = stepsOfTuning({.plan = plan, .tuned = true, .steps = steps}, {}, false);
        QCOMPARE(more->size(), std::size_t{3});
        QVERIFY(stepsOfTuning({.plan = plan, .tuned = true, .steps = more}, {}, true) == nullptr);  // pruned again, shared weights
        QCOMPARE(stepsOfTuning({.plan = plan, .tuned = true, .steps = more}, {}, false)->size(), std::size_t{4});
        QCOMPARE(actions(recipeOf({.plan = plan, .tuned = true, .steps = more})), std::string("prune share train code "));
        CompressionPlan other = plan;
        other.layers[conv].bits = 3;
        QVERIFY(!recipeOf({.plan = other, .tuned = true, .steps = more}).ok());
        // Grids end a recipe; with codebooks there is none.
        plan.layers[conv].levels = WeightLevels::Uniform;
        plan.quantization.range = "mse";
        const auto grids = recipeOf({.plan = plan});
        QCOMPARE(actions(grids), std::string("prune quantize "));
        QVERIFY(planOf(*grids) == plan);
        plan.layers[dense].bits = 8, plan.layers[dense].levels = WeightLevels::KMeans;
        QVERIFY(!recipeOf({.plan = plan}).ok());
    }

    void thePlotSeparatesCutFromTuned() {
        const std::vector<TriedPoint> points{tried(1, 20 * 1024, 0.34, false), tried(2, 20 * 1024, 0.977, true), tried(3, 40 * 1024, 0.981, true),
                                             tried(4, 60 * 1024, 0.975, true), tried(5, 10 * 1024, 0.90, true, "others")};
        TradeOffWords about;
        about.denseBytes = 320 * 1024;
        about.original = PlanAccuracy{Split::Validation, 4930, 5000, 5000};
        about.base = "b";
        const TradeOff shown = tradeOffPlot(points, about);
        QCOMPARE(shown.plot.series.size(), std::size_t{4});
        QCOMPARE(shown.ids[0], (std::vector<std::int64_t>{1}));
        QCOMPARE(shown.ids[1], (std::vector<std::int64_t>{5, 2, 3, 4}));  // by size
        QCOMPARE(shown.ids[2], (std::vector<std::int64_t>{-1}));
        // Joined: the best of these weights, up to the original; 4 is larger and worse than 3.
        QCOMPARE(shown.ids[3], (std::vector<std::int64_t>{2, 3, -1}));
        QVERIFY(shown.plot.series[3].line && !shown.plot.series[0].line);
        QCOMPARE(shown.plot.series[2].x, std::vector<double>{320.0});
        QCOMPARE(shown.plot.budgets.size(), std::size_t{1});
        QVERIFY(std::abs(shown.plot.budgets[0].y - 0.976) < 1e-9);
        QVERIFY(*shown.plot.xAxis.minimum < 10 && *shown.plot.xAxis.maximum > 320);
        QVERIFY(*shown.plot.yAxis.minimum < 0.34 && *shown.plot.yAxis.maximum > 0.986);
    }

    void aPerfectAccuracyStillHasAPlace() {
        TradeOffWords about;
        about.denseBytes = 1024;
        about.original = PlanAccuracy{Split::Validation, 100, 100, 100};
        const TradeOff shown = tradeOffPlot({}, about);
        QVERIFY(shown.plot.series[2].y[0] < 1.0 && std::isfinite(std::log(1.0 - shown.plot.series[2].y[0])));
        QVERIFY(isEmpty(tradeOffPlot({}, {}).plot));
    }

    void bitsLeaveThePruningAsItIs() {
        CompressionPlan a;
        a.layers[NodeId{3}] = {.sparsity = 0.5};
        CompressionPlan b = a;
        b.layers[NodeId{3}].bits = 5;
        b.layers[NodeId{4}].bits = 8;
        QVERIFY(samePruning(a, b) && samePruning(b, a));
        b.layers[NodeId{3}].sparsity = 0.6;
        QVERIFY(!samePruning(a, b));
        b = a;
        b.layers[NodeId{3}].granularity = Granularity::Filter;
        QVERIFY(!samePruning(a, b));
        b = a;
        b.criterion = "random";
        QVERIFY(!samePruning(a, b));
        CompressionPlan nothing;
        nothing.criterion = "random";
        QVERIFY(samePruning({}, nothing));  // where nothing is pruned nothing differs
        b = a;
        b.layers[NodeId{9}].sparsity = 0.1;
        QVERIFY(!samePruning(a, b) && !samePruning(b, a));
    }
};

QTEST_GUILESS_MAIN(CompressPresentersTest)
#include "tst_compress_presenters.moc"
