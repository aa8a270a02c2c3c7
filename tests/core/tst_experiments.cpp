// The statements about networks: each runs, gives numbers in every cell it promises, and says whether it holds.
#include <QtTest>

#include "core/graph/presets.h"
#include "core/measure/experiment.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

ExperimentResult resultOf(const char* id, const ExperimentContext& context = {}) {
    const Experiment* experiment = findExperiment(id);
    if (experiment == nullptr) qFatal("no experiment %s", id);
    auto result = experiment->run(context, {});
    if (!result.ok()) qFatal("%s", result.error().sentence().c_str());
    return *result;
}

}  // namespace

class TestExperiments : public QObject {
    Q_OBJECT

  private slots:
    void everyCellHasAColumn_data() {
        QTest::addColumn<QString>("id");
        for (const Experiment* experiment : experiments()) {
            if (!experiment->needsDataset) QTest::newRow(experiment->id.c_str()) << QString::fromStdString(experiment->id);
        }
    }
    void everyCellHasAColumn() {
        QFETCH(QString, id);
        const Experiment* experiment = findExperiment(id.toStdString());
        QVERIFY(!experiment->statement.empty() && !experiment->expectation.empty());
        const ExperimentResult result = resultOf(id.toUtf8().constData());
        QVERIFY(!result.verdict.empty());
        QVERIFY(result.rows.size() >= 2);
        for (const ExperimentRow& row : result.rows) QCOMPARE(row.values.size(), result.columns.size());
        QCOMPARE(QString::fromStdString(experimentCsv(result)).count("\r\n"), static_cast<qsizetype>(result.rows.size()) + 1);
    }

    // Numbers from the sizes of the two presets and Horowitz's table, by hand.
    void fewerMacsMoreEnergy() {
        const ExperimentResult result = resultOf("fewer-macs");
        QVERIFY(result.holds);
        QCOMPARE(*result.rows[0].values[0], 2'293'000.0);
        QCOMPARE(*result.rows[1].values[0], 535'040.0);
        QVERIFY(*result.rows[1].values[2] > 1.15 * *result.rows[0].values[2]);  // batch 1: more energy
        QVERIFY(*result.rows[1].values[3] < *result.rows[0].values[3]);         // batch 64: less
        QVERIFY(*result.rows[0].values[4] > 0.0);
    }

    void theBatchDecides() {
        ExperimentContext context;
        context.spec = *makePreset("conv20-conv50");
        const ExperimentResult result = resultOf("conv-against-dense", context);
        QVERIFY(result.holds);
        QCOMPARE(result.columns.size(), std::size_t{6});
        QVERIFY(QString::fromStdString(result.verdict).contains("batch 13"));
        QVERIFY(*result.rows[0].values[0] < *result.rows[0].values[1]);
        QVERIFY(*result.rows.back().values[0] > *result.rows.back().values[1]);
        QCOMPARE(resultOf("conv-against-dense").columns.size(), std::size_t{2});  // no network: AlexNet alone
    }

    void deeperCostsMore() { QVERIFY(resultOf("deeper-costs-more").holds); }

    void trainingNeedsData() {
        const auto refused = findExperiment("accurate-less-robust")->run({}, {});
        QVERIFY(!refused.ok());
        QVERIFY(QString::fromStdString(refused.error().sentence()).contains("data set"));
        ExperimentContext context;
        context.dataset = tinyDataset();
        const ExperimentResult result = resultOf("accurate-less-robust", context);
        QCOMPARE(result.rows.size(), std::size_t{2});
        for (const ExperimentRow& row : result.rows) QVERIFY(row.values[0] && row.values[1]);
    }

    void cancelling() {
        ExperimentContext context;
        context.dataset = tinyDataset();
        for (const Experiment* experiment : experiments()) {
            if (experiment->id == "conv-against-dense") context.spec = *makePreset("lenet-like");
            const auto result = experiment->run(context, [](double, const std::string&) { return false; });
            QVERIFY2(!result.ok(), experiment->id.c_str());
            QVERIFY(result.error().code == ErrorCode::Cancelled);
        }
    }
};

QTEST_GUILESS_MAIN(TestExperiments)
#include "tst_experiments.moc"
