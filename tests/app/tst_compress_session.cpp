// The plan over a network: what it costs, undo, fine-tuning, to dense and back, tried points, what a file remembers.
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/dense_session.h"
#include "app/lenses/compress/error_session.h"
#include "app/lenses/compress/sensitivity_session.h"
#include "app/lenses/compress/tune_session.h"
#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"
#include "tests/app/image_bench.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct Bench : ImageBench {
    CompressSession compress{document, session, desk};
    TuneSession tune{document, session, desk, compress};
    DenseSession dense{desk, compress};
    SensitivitySession sensitivity{desk, compress};
    ErrorSession errors{desk, compress};

    /// LeNet-like that knows the digits a little.
    void begin(std::int64_t steps = 150) {
        openPreset("lenet-like");
        train(steps);
        compress.setActive(true);
        settle();
    }
    void settle() {
        QTRY_VERIFY_WITH_TIMEOUT(compress.problem().isEmpty() && compress.laid() && !compress.laidWaits() && compress.accuracy() && !compress.accuracyWaits(), kPatience);
    }
    CompressionPlan cut(const char* layer, double sparsity, Granularity granularity = Granularity::Weight) const {
        CompressionPlan plan = compress.plan();
        plan.layers[node(layer)].sparsity = sparsity;
        plan.layers[node(layer)].granularity = granularity;
        return plan;
    }
    CompressionPlan quantised(int bits, WeightLevels levels = WeightLevels::Uniform) const {
        CompressionPlan plan = compress.plan();
        for (const NodeId layer : compressibleLayers(document.network().spec())) {
            plan.layers[layer].bits = bits;
            plan.layers[layer].levels = levels;
        }
        plan.quantization.calibrationImages = 128;
        return plan;
    }
    QUndoStack& undo() { return document.network().undoStack(); }
};

}  // namespace

class CompressSessionTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { prepareApplication(); }

    void anUntrainedNetworkHasNothingToCompress() {
        Bench bench;
        bench.openPreset("lenet-like");
        bench.compress.setActive(true);
        QTRY_COMPARE(bench.compress.problem(), QStringLiteral("This network is not trained yet."));
        QVERIFY(bench.compress.untrained());
        QVERIFY(!bench.compress.laid());
    }

    void aPlanIsWorthSomethingAtOnceAndCanBeUndone() {
        Bench bench;
        bench.begin();
        const PlanFigures whole = bench.compress.laid()->figures;
        QCOMPARE(whole.kept, whole.weights);
        QCOMPARE(whole.bytes, whole.denseBytes);
        QCOMPARE(whole.macs, whole.nonZeroMacs);
        QCOMPARE(bench.compress.accuracy()->correct, bench.compress.original()->correct);
        std::vector<double> latencies;
        for (int i = 1; i <= 8; ++i) {
            bench.compress.setPlan(bench.cut("Dense 1", 0.1 * i), QStringLiteral("Prune"), QStringLiteral("drag:1"));
            QSignalSpy changed(&bench.compress, &CompressSession::accuracyChanged);
            QTRY_VERIFY_WITH_TIMEOUT(bench.compress.latencyMilliseconds() > 0 && !bench.compress.laidWaits(), kPatience);
            bench.settle();
            latencies.push_back(bench.compress.latencyMilliseconds());
        }
        std::sort(latencies.begin(), latencies.end());
        qInfo("change to accuracy on the sample: median %.0f ms, slowest %.0f ms", latencies[4], latencies.back());
        const PlanFigures& figures = bench.compress.laid()->figures;
        const LayerFigures* layer = figures.find(bench.node("Dense 1"));
        QVERIFY(layer != nullptr);
        QCOMPARE(layer->kept, layer->weights - std::llround(0.8 * static_cast<double>(layer->weights)));
        QVERIFY(figures.bytes < whole.bytes && figures.nonZeroMacs < whole.nonZeroMacs);
        QCOMPARE(figures.macs, whole.macs);
        // One drag is one step, and the weights of the document are as they were.
        QCOMPARE(bench.undo().count(), 2);  // the steps of the training, and the drag
        QCOMPARE(bench.compress.base(), bench.session.bestWeights());
        bench.undo().undo();
        QVERIFY(!bench.compress.plan().prunes());
        bench.settle();
        QCOMPARE(bench.compress.laid()->figures.kept, whole.weights);
        bench.undo().redo();
        QCOMPARE(bench.compress.plan().of(bench.node("Dense 1")).sparsity, 0.8);
    }

    void triedPointsComeBackAlsoFromTheFile() {
        Bench bench;
        bench.begin();
        bench.compress.setPlan(bench.cut("Dense 1", 0.5), QStringLiteral("Prune"));
        bench.settle();
        QTRY_COMPARE(bench.compress.points().size(), std::size_t{1});
        bench.compress.setPlan(bench.cut("Dense 1", 0.97), QStringLiteral("Prune"));
        bench.settle();
        QTRY_COMPARE(bench.compress.points().size(), std::size_t{2});
        QCOMPARE(bench.compress.currentPoint()->id, bench.compress.points()[1].id);
        QVERIFY(bench.compress.points()[0].bytes > bench.compress.points()[1].bytes);
        const std::int64_t first = bench.compress.points()[0].id;
        QVERIFY(bench.compress.restore(first).ok());
        QCOMPARE(bench.compress.plan().of(bench.node("Dense 1")).sparsity, 0.5);
        bench.settle();
        QTRY_VERIFY(bench.compress.currentPoint() != nullptr);
        QCOMPARE(bench.compress.currentPoint()->id, first);  // no third point
        QCOMPARE(bench.compress.points().size(), std::size_t{2});
        QVERIFY(!bench.compress.restore(999).ok());

        const QString file = QString::fromStdString(bench.document.path());
        bench.document.flush();
        bench.openPreset("mlp-512-256");
        QTRY_VERIFY(bench.compress.points().empty());
        QVERIFY(bench.document.openFile(file).ok());
        bench.settle();
        QCOMPARE(bench.compress.plan().of(bench.node("Dense 1")).sparsity, 0.5);
        QCOMPARE(bench.compress.points().size(), std::size_t{2});
        QVERIFY(bench.compress.restore(bench.compress.points()[1].id).ok());
        QCOMPARE(bench.compress.plan().of(bench.node("Dense 1")).sparsity, 0.97);
    }

    void fineTuningKeepsZerosAndBits() {
        Bench bench;
        bench.begin(300);
        CompressionPlan plan = bench.cut("Dense 1", 0.97);
        plan.layers[bench.node("Dense 2")].sparsity = 0.9;
        bench.compress.setPlan(plan, QStringLiteral("Prune"));
        bench.settle();
        const double before = bench.compress.accuracy()->share();
        const auto kept = bench.compress.laid()->figures.kept;
        QString reason;
        QVERIFY2(bench.tune.canStart(&reason), qPrintable(reason));
        bench.tune.start({.gradual = false, .epochs = 1, .rate = 2e-3});
        QTRY_VERIFY_WITH_TIMEOUT(!bench.tune.isRunning(), kPatience);
        QCOMPARE(bench.tune.job().state(), BackgroundJob::State::Done);
        bench.settle();
        QVERIFY(bench.tune.rows().size() >= 2);
        QVERIFY(bench.compress.overlay().tuned != nullptr);
        QVERIFY2(bench.compress.accuracy()->share() > before, "it learned nothing");
        QVERIFY(bench.compress.laid()->figures.kept <= kept);
        QTRY_VERIFY(bench.compress.currentPoint() != nullptr && bench.compress.currentPoint()->fineTuned);
        const std::int64_t tunedPoint = bench.compress.currentPoint()->id;
        const double after = bench.compress.accuracy()->share();
        // Bits go on top of what was fine-tuned; another sparsity does not.
        CompressionPlan bits = bench.compress.plan();
        bits.layers[bench.node("Conv 1")].bits = 8;
        bench.compress.setPlan(bits, QStringLiteral("Bits"));
        QVERIFY(bench.compress.overlay().tuned != nullptr);
        bench.compress.setPlan(bench.cut("Dense 1", 0.5), QStringLiteral("Prune"));
        QVERIFY(bench.compress.overlay().tuned == nullptr);
        bench.settle();
        QVERIFY(bench.compress.restore(tunedPoint).ok());
        bench.settle();
        QVERIFY(bench.compress.overlay().tuned != nullptr);
        QCOMPARE(bench.compress.accuracy()->share(), after);
    }

    void eightBitsCostNextToNothingAndFewerSaySo() {
        Bench bench;
        bench.begin(300);
        const PlanFigures whole = bench.compress.laid()->figures;
        bench.compress.setPlan(bench.quantised(8), QStringLiteral("Quantise"));
        bench.settle();
        QCOMPARE(bench.compress.accuracy()->arithmetic, Arithmetic::Integers);
        const double lost = bench.compress.original()->share() - bench.compress.accuracy()->share();
        QVERIFY2(lost <= 0.01, qPrintable(QString::number(lost)));
        QVERIFY(bench.compress.laid()->figures.bytes * 3 < whole.bytes);
        QCOMPARE(bench.compress.laid()->figures.kept, whole.kept);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.errors.rows().empty() && !bench.errors.isStale(), kPatience);
        const double eight = bench.errors.find(bench.node("Conv 2"))->outputSqnr;
        QVERIFY2(eight > 25, qPrintable(QString::number(eight)));
        // A slider is followed in integers, too, with ranges that are observed again.
        bench.compress.setPlan(bench.cut("Dense 1", 0.5), QStringLiteral("Prune"), QStringLiteral("drag:1"));
        bench.settle();
        QCOMPARE(bench.compress.accuracy()->arithmetic, Arithmetic::Integers);
        qInfo("change to accuracy of integers on the sample: %.0f ms", bench.compress.latencyMilliseconds());
        bench.undo().undo();

        // One layer on 2 bits is found at a glance.
        CompressionPlan plan = bench.quantised(8);
        plan.layers[bench.node("Conv 2")].bits = 2;
        bench.compress.setPlan(plan, QStringLiteral("Quantise"));
        bench.settle();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.errors.rows().empty() && !bench.errors.isStale(), kPatience);
        const auto core = errorsOf(*bench.compress.laid(), bench.desk.image.dataset(), ErrorSession::kImages, *bench.compress.calibration());
        QVERIFY(core.ok());
        const LayerQuantizationError* worst = nullptr;
        for (const LayerQuantizationError& row : *core) {
            if (row.bits < kFloatBits && (worst == nullptr || row.outputSqnr < worst->outputSqnr)) worst = &row;
        }
        QCOMPARE(bench.errors.worst()->node, worst->node);
        QCOMPARE(bench.errors.worst()->outputSqnr, worst->outputSqnr);
        QVERIFY(bench.errors.find(bench.node("Conv 2"))->weightSqnr < bench.errors.find(bench.node("Conv 1"))->weightSqnr - 10);
        QCOMPARE(bench.errors.images(), ErrorSession::kImages);

        // Every tried point comes back with its bits, and undo with the plan before.
        QTRY_COMPARE(bench.compress.points().size(), std::size_t{3});
        QVERIFY(bench.compress.restore(bench.compress.points()[0].id).ok());
        QCOMPARE(bench.compress.plan().of(bench.node("Conv 2")).bits, 8);
        bench.undo().undo();
        QCOMPARE(bench.compress.plan().of(bench.node("Conv 2")).bits, 2);
        bench.compress.setPlan({}, QStringLiteral("Clear"));
        bench.settle();
        QVERIFY(bench.errors.rows().empty());
    }

    void fineTuningRespectsTheLevels() {
        Bench bench;
        bench.begin(300);
        CompressionPlan plan = bench.quantised(2);
        plan.layers[bench.node("Dense 1")] = {.sparsity = 0.8, .bits = 3, .levels = WeightLevels::KMeans};
        bench.compress.setPlan(plan, QStringLiteral("Quantise"));
        bench.settle();
        const double before = bench.compress.accuracy()->share();
        QString reason;
        QVERIFY2(bench.tune.canStart(&reason), qPrintable(reason));
        bench.tune.start({.gradual = false, .epochs = 1, .rate = 2e-3});
        QTRY_VERIFY_WITH_TIMEOUT(!bench.tune.isRunning(), kPatience);
        QVERIFY2(bench.tune.job().state() == BackgroundJob::State::Done, qPrintable(bench.tune.job().error()));
        bench.settle();
        const double after = bench.compress.accuracy()->share();
        qInfo("2 bits, one layer pruned and shared: %.3f, fine-tuned %.3f", before, after);
        QVERIFY(after > before);
        const WeightSetPtr tuned = bench.compress.overlay().tuned;
        QVERIFY(tuned != nullptr);
        // On the levels, with the zeros of the plan.
        const WeightSetPtr laid = bench.compress.laid()->weights;
        for (std::size_t i = 0; i < tuned->parameters.size(); ++i) QVERIFY(std::abs(tuned->parameters[i] - laid->parameters[i]) < 1e-5F);
        QCOMPARE(bench.compress.laid()->figures.find(bench.node("Dense 1"))->kept, std::llround(0.2 * 69120));
        // Other bits start from the document's weights again.
        plan.layers[bench.node("Conv 1")].bits = 8;
        bench.compress.setPlan(plan, QStringLiteral("Quantise"));
        QVERIFY(bench.compress.overlay().tuned == nullptr);
        bench.undo().undo();
        QCOMPARE(bench.compress.overlay().tuned, tuned);
    }

    void applyIsAnUndoStepWithItsWeights() {
        Bench bench;
        bench.begin();
        bench.compress.setPlan(bench.cut("Dense 1", 0.9), QStringLiteral("Prune"));
        bench.settle();
        const WeightSetPtr before = bench.session.bestWeights();
        const std::vector<float> own = before->parameters;
        const auto kept = bench.compress.laid()->figures.kept;
        const double accuracy = bench.compress.accuracy()->share();
        bench.compress.commit({.text = QStringLiteral("Apply the plan"), .spec = bench.document.network().spec(),
                               .weights = bench.compress.laid()->weights, .title = "pruned", .keepsZeros = true}, {});
        QVERIFY(bench.session.bestWeights()->parameters != own);
        QVERIFY(!bench.session.structureChanged());
        bench.settle();
        QVERIFY(!bench.compress.plan().prunes());
        QCOMPARE(bench.compress.laid()->figures.kept, kept);  // zeros count as pruned
        QCOMPARE(bench.compress.accuracy()->share(), accuracy);
        // A training goes on from there, and what was pruned stays pruned.
        Recipe recipe = bench.document.recipe();
        recipe.steps = 20;
        bench.document.setRecipe(recipe);
        bench.session.play();
        QTRY_COMPARE_WITH_TIMEOUT(bench.session.status().state, TrainerState::Done, kPatience);
        const Masks zeros = masksOfZeros(*bench.session.weights());
        QVERIFY(zeros.count(bench.node("Dense 1")).kept <= std::llround(0.1 * 69120) + 1);
        bench.undo().undo();  // the recipe
        bench.undo().undo();  // apply
        QCOMPARE(bench.session.bestWeights()->parameters, own);
        QCOMPARE(bench.compress.plan().of(bench.node("Dense 1")).sparsity, 0.9);
        QVERIFY(!bench.session.structureChanged());
        bench.undo().redo();
        QVERIFY(masksOfZeros(*bench.session.weights()).count(bench.node("Dense 1")).sparsity() > 0.89);  // with the steps since
        bench.undo().undo();
        // What the file says is what lies there.
        const QString file = QString::fromStdString(bench.document.path());
        bench.document.flush();
        bench.openPreset("mlp-512-256");
        QVERIFY(bench.document.openFile(file).ok());
        QCOMPARE(bench.session.bestWeights()->parameters, own);
    }

    void toDenseIsReallySmallerAndCanBeUndone() {
        Bench bench;
        bench.begin();
        CompressionPlan plan = bench.cut("Conv 2", 0.5, Granularity::Filter);
        plan.layers[bench.node("Dense 1")].sparsity = 0.5;
        plan.layers[bench.node("Dense 1")].granularity = Granularity::Filter;
        bench.compress.setPlan(plan, QStringLiteral("Prune"));
        bench.settle();
        const double accuracy = bench.compress.accuracy()->share();
        const NetworkSpec spec = bench.document.network().spec();
        const auto parameters = bench.session.bestWeights()->parameters;
        bench.dense.run();
        QTRY_VERIFY_WITH_TIMEOUT(bench.dense.outcome() != nullptr, kPatience);
        const DenseOutcomePtr outcome = bench.dense.outcome();  // the session lets go of it with the plan
        const DenseNetwork& dense = outcome->dense;
        QVERIFY(dense.filtersRemoved() >= 8 + 60);
        QVERIFY(dense.macsAfter < dense.macsBefore);
        QVERIFY2(bench.dense.outcome()->difference < 1e-4, qPrintable(QString::number(bench.dense.outcome()->difference)));
        QVERIFY(bench.dense.outcome()->before.median > 0 && bench.dense.outcome()->after.median > 0);
        bench.compress.commit({.text = QStringLiteral("To dense"), .spec = dense.spec, .weights = std::make_shared<const WeightSet>(dense.weights),
                               .title = "dense", .keepsZeros = true}, {});
        QVERIFY(!bench.session.structureChanged());
        QVERIFY(bench.session.bestWeights()->parameters.size() < parameters.size());
        bench.settle();
        QCOMPARE(bench.compress.laid()->figures.macs, dense.macsAfter);
        QVERIFY(std::abs(bench.compress.accuracy()->share() - accuracy) < 0.002);
        bench.undo().undo();
        QVERIFY(bench.document.network().spec() == spec);
        QCOMPARE(bench.session.bestWeights()->parameters, parameters);
        bench.settle();
        QVERIFY(bench.compress.plan() == plan);
        QCOMPARE(bench.compress.accuracy()->share(), accuracy);
    }

    void sensitivityComesPointByPointAndIsCancelled() {
        Bench bench;
        bench.begin();
        QSignalSpy changed(&bench.sensitivity, &SensitivitySession::changed);
        bench.sensitivity.run();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.sensitivity.curves().empty(), kPatience);
        bench.sensitivity.job().cancel();
        QTRY_VERIFY_WITH_TIMEOUT(!bench.sensitivity.job().isRunning(), kPatience);
        QVERIFY(!bench.sensitivity.curves().empty());
        QElapsedTimer clock;
        clock.start();
        bench.sensitivity.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.sensitivity.job().state(), BackgroundJob::State::Done, kPatience);
        qInfo("sensitivity of LeNet: %.1f s", static_cast<double>(clock.elapsed()) / 1000.0);
        QCOMPARE(bench.sensitivity.curves().size(), std::size_t{5});
        for (const SensitivityCurve& curve : bench.sensitivity.curves()) QCOMPARE(curve.points.size(), std::size_t{8});
        const PlotDescription plot = sensitivityPlot(bench.sensitivity, bench.cut("Dense 1", 0.9));
        QCOMPARE(plot.series.size(), std::size_t{6});  // five layers and where the plan stands
        QCOMPARE(plot.series.back().x, std::vector<double>{90.0});
        // Bits are a measurement of their own.
        bench.sensitivity.setKind(SensitivitySession::Kind::Bits);
        QVERIFY(bench.sensitivity.curves().empty());
        bench.sensitivity.run();
        QTRY_COMPARE_WITH_TIMEOUT(bench.sensitivity.job().state(), BackgroundJob::State::Done, kPatience);
        CompressionPlan five;
        five.layers[bench.node("Conv 2")].bits = 5;
        const PlotDescription bits = sensitivityPlot(bench.sensitivity, five);
        QCOMPARE(bits.series.size(), std::size_t{6});
        QCOMPARE(bits.series[0].x, (std::vector<double>{2, 3, 4, 5, 6, 7, 8}));
        QCOMPARE(bits.series.back().x, std::vector<double>{5.0});
        QVERIFY(bits.series[0].y.back() > 100 * bench.sensitivity.baseline().accuracy() - 1);  // 8 bits
        bench.sensitivity.setKind(SensitivitySession::Kind::Pruning);
        QCOMPARE(bench.sensitivity.curves().size(), std::size_t{5});
    }

    void testImagesAreLookedAtOnPurposeOnly() {
        Bench bench;
        bench.begin();
        QVERIFY(!bench.compress.test());
        QCOMPARE(bench.compress.testLooks(), 0);
        bench.compress.lookAtTest();
        QTRY_VERIFY_WITH_TIMEOUT(bench.compress.test().has_value(), kPatience);
        QCOMPARE(bench.compress.testLooks(), 1);
        QVERIFY(bench.compress.test()->whole());
        QCOMPARE(bench.compress.test()->split, Split::Test);
        bench.compress.setPlan(bench.cut("Dense 1", 0.3), QStringLiteral("Prune"));
        QVERIFY(!bench.compress.test());
        const QString file = QString::fromStdString(bench.document.path());
        bench.document.flush();
        bench.openPreset("mlp-512-256");
        QCOMPARE(bench.compress.testLooks(), 0);
        QVERIFY(bench.document.openFile(file).ok());
        QCOMPARE(bench.compress.testLooks(), 1);
    }

    void aStructuralEditSaysThatItMustBeTrainedAgain() {
        Bench bench;
        bench.begin();
        bench.set("Conv 1", "filters", std::int64_t{9});
        QTRY_VERIFY(bench.compress.problem().contains(QStringLiteral("train it again")));
        QVERIFY(!bench.compress.laid());
        bench.undo().undo();
        bench.settle();
    }
};

QTEST_MAIN(CompressSessionTest)
#include "tst_compress_session.moc"
