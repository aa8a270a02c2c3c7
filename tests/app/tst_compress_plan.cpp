// A plan laid over weights, measured, looked through and fine-tuned, on a network that takes milliseconds.
#include <QTest>
#include <set>

#include "app/lenses/compress/error_session.h"
#include "app/lenses/compress/layer_weights.h"
#include "app/lenses/compress/plan_worker.h"
#include "app/lenses/compress/tune_run.h"
#include "core/compress/quantization/integer_network.h"
#include "core/compress/weight_groups.h"
#include "tests/app/trained_tiny.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

NodeId node(const char* name) { return trainedTiny().network->nodeByName(name)->id; }

CompressionPlan planOf(int bits, WeightLevels levels, double sparsity = 0.0) {
    CompressionPlan plan;
    for (const NodeId layer : compressibleLayers(*trainedTiny().network)) plan.layers[layer] = {.sparsity = sparsity, .bits = bits, .levels = levels};
    plan.quantization.calibrationImages = 40;
    return plan;
}

LaidPlanPtr lay(const CompressionPlan& plan, const LaidPlanPtr& before = {}, const WeightSetPtr& tuned = {}) {
    auto laid = layPlan({trainedTiny().network, trainedTiny().weights, tuned}, plan, before);
    if (!laid.ok()) qFatal("%s", laid.error().sentence().c_str());
    return *laid;
}

std::set<float> valuesOf(const WeightSet& weights, NodeId layer) {
    const auto values = weights.values(*weightEntry(*weights.layout, layer));
    return {values.begin(), values.end()};
}

/// Rounding them again changes nothing: they lie on their grids.
void requireOnGrid(const WeightSet& weights, const CompressionPlan& plan) {
    const auto again = dequantizedWeights(*trainedTiny().network, weights, plan);
    QVERIFY(again.ok());
    for (std::size_t i = 0; i < weights.parameters.size(); ++i) {
        QVERIFY2(std::abs(weights.parameters[i] - again->parameters[i]) < 1e-5F, qPrintable(QString::number(i)));
    }
}

TuneRequest requestFor(const LaidPlanPtr& laid, std::int64_t epochs = 6) {
    TuneRequest request{.laid = laid, .dataset = trainedTiny().dataset, .recipe = tinyRecipe()};
    request.recipe.steps.reset();
    request.recipe.epochs = epochs;
    return request;
}

TuneOutcome tuned(const TuneRequest& request, std::vector<TuneRow>* rows = nullptr) {
    CalibrationCache calibration;
    const TuneWatch watch{.progress = [](double share) { return share >= 0 && share <= 1; }, .row = [rows](const TuneRow& row) { if (rows != nullptr) rows->push_back(row); }};
    auto outcome = runTuning(request, calibration, watch);
    if (!outcome.ok()) qFatal("%s", outcome.error().sentence().c_str());
    return *outcome;
}

DatasetPtr without(bool train, bool validation) {
    const DatasetInfo info = trainedTiny().dataset->info();
    return std::make_shared<MemoryDataset>(info, train ? tinyImages(30, 1) : ImageStore{}, validation ? tinyImages(21, 2) : ImageStore{}, tinyImages(20, 3));
}

}  // namespace

class CompressPlanTest : public QObject {
    Q_OBJECT

  private slots:
    void weightsLieOnTheLevelsThatAreDrawn() {
        for (const WeightLevels levels : {WeightLevels::Uniform, WeightLevels::KMeans}) {
            CompressionPlan plan = planOf(3, levels, 0.25);
            plan.quantization.perChannel = false;
            const LaidPlanPtr laid = lay(plan);
            for (const NodeId layer : compressibleLayers(*trainedTiny().network)) {
                const LayerViewPtr view = makeLayerView(laid, layer, 101);
                QCOMPARE(view->histogram.levels.size(), levels == WeightLevels::Uniform ? std::size_t{7} : laid->codebooks.at(layer).centroids.size());
                QVERIFY(std::is_sorted(view->histogram.levels.begin(), view->histogram.levels.end()));
                for (const float value : valuesOf(*laid->weights, layer)) {
                    const bool drawn = std::any_of(view->histogram.levels.begin(), view->histogram.levels.end(), [value](double level) { return std::abs(level - value) < 1e-6; });
                    QVERIFY2(drawn || value == 0.0F, qPrintable(QString::number(value)));
                }
                QCOMPARE(laid->figures.find(layer)->kept, laid->figures.find(layer)->weights - std::llround(0.25 * static_cast<double>(laid->figures.find(layer)->weights)));
            }
        }
        QVERIFY(makeLayerView(lay({}), node("Conv 1"), 101)->histogram.levels.empty());
    }

    void fewerBitsAreFewerBytes() {
        std::int64_t last = lay({})->figures.bytes;
        for (const int bits : {8, 6, 4, 2}) {
            const PlanFigures figures = lay(planOf(bits, WeightLevels::Uniform))->figures;
            QVERIFY2(figures.bytes < last, qPrintable(QString::number(bits)));
            QCOMPARE(figures.bits(), static_cast<double>(bits));
            last = figures.bytes;
            // A layer's weights, its scales and its bias.
            const LayerFigures& dense = *figures.find(node("Dense 1"));
            const std::int64_t packed = (dense.weights * bits + 7) / 8 + 4 * kTinyClasses + 4 * kTinyClasses;
            QVERIFY2(std::abs(dense.bytes - packed) <= 8, qPrintable(QStringLiteral("%1 and %2").arg(dense.bytes).arg(packed)));
        }
        // The same as the command line counts.
        const LaidPlanPtr laid = lay(planOf(5, WeightLevels::Uniform));
        QCOMPARE(laid->figures.bytes, packedBytes(*trainedTiny().network, *trainedTiny().weights, laid->plan));
    }

    void whatStaysTrueIsTakenOver() {
        const LaidPlanPtr first = lay(planOf(4, WeightLevels::KMeans, 0.5));
        CompressionPlan plan = first->plan;
        plan.layers[node("Dense 1")].bits = 3;
        const LaidPlanPtr second = lay(plan, first);
        QCOMPARE(second->masks, first->masks);
        QCOMPARE(second->pruned, first->pruned);
        QVERIFY(second->codebooks.at(node("Conv 1")) == first->codebooks.at(node("Conv 1")));
        QCOMPARE(second->codebooks.at(node("Dense 1")).bits, 3);
        QVERIFY(second->weights->parameters == lay(plan)->weights->parameters);  // the same as from scratch
        plan.layers[node("Conv 1")].levels = WeightLevels::Uniform;
        QVERIFY(lay(plan, second)->weights->parameters == lay(plan)->weights->parameters);
        plan.layers[node("Conv 1")].sparsity = 0.75;
        QVERIFY(lay(plan, second)->masks != second->masks);
    }

    void integersAreMeasuredAsTheyRun() {
        CalibrationCache calibration;
        const DatasetPtr dataset = trainedTiny().dataset;
        const auto measure = [&](const CompressionPlan& plan) { return measurePlan(*lay(plan), dataset, Split::Validation, calibration, {}).value(); };
        const PlanAccuracy original = measure({});
        QCOMPARE(original.arithmetic, Arithmetic::Float32);
        QVERIFY(original.whole());
        const PlanAccuracy integers = measure(planOf(8, WeightLevels::Uniform));
        QCOMPARE(integers.arithmetic, Arithmetic::Integers);
        QCOMPARE(integers.images, original.images);
        QVERIFY(std::abs(integers.correct - original.correct) <= 1);
        CompressionPlan weightsOnly = planOf(8, WeightLevels::Uniform);
        weightsOnly.quantization.activationBits = kFloatBits;
        QCOMPARE(measure(weightsOnly).arithmetic, Arithmetic::Rounded);
        QCOMPARE(measure(planOf(4, WeightLevels::KMeans)).arithmetic, Arithmetic::Rounded);
        // Statistics are remembered while weights, images and seed are the same; another rule needs no new ones.
        const LaidPlanPtr laid = lay(planOf(8, WeightLevels::Uniform));
        const auto seen = calibration.statistics(*laid, dataset, {}).value();
        CompressionPlan other = laid->plan;
        other.quantization.range = "mse";
        other.layers[node("Conv 1")].bits = 4;
        QCOMPARE(calibration.statistics(*lay(other, laid), dataset, {}).value(), seen);
        other.quantization.calibrationImages = 30;
        QVERIFY(calibration.statistics(*lay(other, laid), dataset, {}).value() != seen);
    }

    void theXrayIsThatOfTheCore() {
        CalibrationCache calibration;
        CompressionPlan plan = planOf(8, WeightLevels::Uniform);
        plan.layers[node("Dense 1")].bits = 2;
        const LaidPlanPtr laid = lay(plan);
        const auto rows = errorsOf(*laid, trainedTiny().dataset, 60, calibration);
        QVERIFY2(rows.ok(), rows.ok() ? "" : rows.error().sentence().c_str());
        const auto seen = observeActivations(*trainedTiny().network, *laid->pruned, *trainedTiny().dataset, plan.quantization, plan.seed);
        const auto ranges = chooseRanges(*seen, plan.quantization);
        const auto core = quantizationErrors(*trainedTiny().network, *trainedTiny().weights, plan, *ranges, *trainedTiny().dataset, Split::Validation,
                                             sampleOf(*trainedTiny().dataset, Split::Validation, 60));
        QCOMPARE(rows->size(), core->size());
        for (std::size_t i = 0; i < core->size(); ++i) {
            QCOMPARE((*rows)[i].node, (*core)[i].node);
            QCOMPARE((*rows)[i].outputSqnr, (*core)[i].outputSqnr);
            QCOMPARE((*rows)[i].weightMaxError, (*core)[i].weightMaxError);
        }
        const auto worst = std::min_element(rows->begin(), rows->end(), [](const auto& a, const auto& b) { return a.outputSqnr < b.outputSqnr; });
        QCOMPARE(worst->node, node("Dense 1"));
        // Codebooks cost something, too: the exact weights are those before the sharing.
        const auto shared = errorsOf(*lay(planOf(2, WeightLevels::KMeans)), trainedTiny().dataset, 60, calibration);
        QVERIFY(shared.ok());
        for (const LayerQuantizationError& row : *shared) {
            if (row.bits < kFloatBits) QVERIFY2(row.weightSqnr > 0 && row.weightSqnr < 40 && row.weightMaxError > 0, row.name.c_str());
        }
    }

    void straightThroughEndsOnTheGrid() {
        const CompressionPlan plan = planOf(2, WeightLevels::Uniform, 0.25);
        const LaidPlanPtr laid = lay(plan);
        CalibrationCache calibration;
        const auto before = measurePlan(*laid, trainedTiny().dataset, Split::Validation, calibration, {});
        std::vector<TuneRow> rows;
        const TuneOutcome outcome = tuned(requestFor(laid), &rows);
        QCOMPARE(outcome.steps, 30);
        QVERIFY(rows.size() >= 3);
        requireOnGrid(*outcome.weights, plan);
        for (std::size_t i = 0; i < outcome.weights->parameters.size(); ++i) {
            if (laid->masks->keep[i] == 0) QCOMPARE(outcome.weights->parameters[i], 0.0F);
        }
        // Laid again, nothing moves, and rounded zeros do not count as pruned.
        const LaidPlanPtr after = lay(plan, laid, outcome.weights);
        QCOMPARE(after->figures.kept, laid->figures.kept);
        for (std::size_t i = 0; i < outcome.weights->parameters.size(); ++i) QVERIFY(std::abs(after->weights->parameters[i] - outcome.weights->parameters[i]) < 1e-5F);
        const auto reached = measurePlan(*after, trainedTiny().dataset, Split::Validation, calibration, {});
        qInfo("2 bits: %lld, fine-tuned %lld of %lld", static_cast<long long>(before->correct), static_cast<long long>(reached->correct), static_cast<long long>(reached->images));
        QVERIFY(reached->correct >= before->correct);
    }

    void centroidsAreTrained() {
        const CompressionPlan plan = planOf(2, WeightLevels::KMeans, 0.9);
        const LaidPlanPtr laid = lay(plan);
        const TuneOutcome outcome = tuned(requestFor(laid));
        for (const NodeId layer : compressibleLayers(*trainedTiny().network)) {
            std::set<float> values = valuesOf(*outcome.weights, layer);
            QVERIFY(values.erase(0.0F) == 1);
            QVERIFY2(values.size() <= 4, qPrintable(QString::number(values.size())));
        }
        QVERIFY(outcome.weights->parameters != laid->weights->parameters);
        const LaidPlanPtr after = lay(plan, laid, outcome.weights);
        QVERIFY(after->weights->parameters == outcome.weights->parameters);
        QCOMPARE(after->figures.kept, laid->figures.kept);
    }

    void gradualPruningGoesBeforeTheRounding() {
        TuneRequest request = requestFor(lay(planOf(4, WeightLevels::Uniform, 0.75)));
        request.gradual = true;
        QCOMPARE(tuneTrainings(request.laid->plan, true), 2);
        std::vector<TuneRow> rows;
        const TuneOutcome outcome = tuned(request, &rows);
        QCOMPARE(outcome.steps, 60);
        QVERIFY(rows.front().sparsity < 0.3 && rows.back().sparsity > 0.7);
        QVERIFY(std::is_sorted(rows.begin(), rows.end(), [](const TuneRow& a, const TuneRow& b) { return a.epoch < b.epoch; }));
        requireOnGrid(*outcome.weights, request.laid->plan);
        // Which ones went is known by their zeros only: those that were rounded to 0 count with them.
        QVERIFY(lay(request.laid->plan, {}, outcome.weights)->figures.kept <= request.laid->figures.kept);
    }

    void otherLevelsNeedOtherWeights() {
        const CompressionPlan plan = planOf(3, WeightLevels::Uniform);
        const WeightSetPtr rounded = tuned(requestFor(lay(plan), 2)).weights;
        CompressionPlan other = plan;
        other.layers[node("Conv 1")].bits = 8;
        QVERIFY(!staysTuned(*rounded, plan, other, *trainedTiny().network));
        QVERIFY(staysTuned(*rounded, plan, plan, *trainedTiny().network));
        // Bits on top of what was pruned and trained as float32 can change as often as one likes.
        const WeightSetPtr pruned = tuned(requestFor(lay(planOf(kFloatBits, WeightLevels::Uniform, 0.5)), 2)).weights;
        const CompressionPlan four = planOf(4, WeightLevels::Uniform, 0.5);
        QVERIFY(staysTuned(*pruned, planOf(kFloatBits, WeightLevels::Uniform, 0.5), four, *trainedTiny().network));
        QVERIFY(staysTuned(*pruned, four, planOf(8, WeightLevels::KMeans, 0.5), *trainedTiny().network));
        QVERIFY(!staysTuned(*pruned, four, planOf(4, WeightLevels::Uniform, 0.25), *trainedTiny().network));
    }

    void badDataIsASentence() {
        CalibrationCache calibration;
        const LaidPlanPtr laid = lay(planOf(8, WeightLevels::Uniform));
        const auto none = calibration.statistics(*laid, without(false, true), {});
        QVERIFY(!none.ok());
        QVERIFY2(none.error().sentence().find("no training images to calibrate") != std::string::npos, none.error().sentence().c_str());
        const auto cancelled = calibration.statistics(*laid, trainedTiny().dataset, [] { return false; });
        QVERIFY(!cancelled.ok() && cancelled.error().code == ErrorCode::Cancelled);
        // The worker keeps the plan and says why it cannot be measured.
        std::mutex mutex;
        std::vector<PlanAnswer> answers;
        {
            PlanWorker worker(std::make_shared<CalibrationCache>(), [&](PlanAnswer answer) {
                const std::lock_guard lock(mutex);
                answers.push_back(std::move(answer));
            });
            worker.ask({.ground = laid->ground, .plan = laid->plan, .dataset = without(false, true)});
            QTRY_VERIFY([&] {
                const std::lock_guard lock(mutex);
                return !answers.empty() && answers.back().last;
            }());
        }
        QVERIFY(answers.front().laid && !answers.front().error);
        QVERIFY(answers.back().laid && answers.back().error);
        QVERIFY(answers.back().error->message.find("calibrate") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(CompressPlanTest)
#include "tst_compress_plan.moc"
