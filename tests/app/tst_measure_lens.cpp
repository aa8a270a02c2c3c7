// The measure lens in the window, in one process: measuring and cancelling, the switches, selection, stale numbers,
// experiments, files.
#include <QAbstractButton>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTest>

#include "app/image/image_desk.h"
#include "app/lenses/measure/devices_view.h"
#include "app/lenses/measure/experiment_page.h"
#include "app/lenses/measure/heat_decorator.h"
#include "app/lenses/measure/laser_view.h"
#include "app/lenses/measure/layer_table.h"
#include "app/lenses/measure/measure_lens.h"
#include "app/main_window.h"
#include "core/compress/plan.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "core/graph/spec_json.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

constexpr int kPatience = 120000;

template <class Widget>
Widget* child(QWidget& window, const char* name) {
    auto* found = window.findChild<Widget*>(QLatin1String(name));
    if (found == nullptr) qFatal("no widget %s", name);
    return found;
}

void click(QWidget& window, const char* name) { QTest::mouseClick(child<QAbstractButton>(window, name), Qt::LeftButton); }

void segment(QWidget& window, const char* name, int index) {
    QTest::mouseClick(child<SegmentedControl>(window, name)->findChildren<QAbstractButton*>()[index], Qt::LeftButton);
}

}  // namespace

class MeasureLensTest : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_file;

    MeasureLens& lens() { return dynamic_cast<MeasureLens&>(*m_window->lensNamed(QStringLiteral("measure"))); }
    LayerTable& table() { return *child<LayerTable>(*m_window, "layerTable"); }
    QString cell(int row, int column) { return table().model()->index(row, column).data().toString(); }
    void measureAll() {
        click(*m_window, "measureNowButton");
        QTRY_COMPARE_WITH_TIMEOUT(lens().session().job().state(), BackgroundJob::State::Done, kPatience);
    }

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
        MainWindow window(*m_theme);
        window.resize(1600, 1000);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        click(window, "lenetCard");
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 150, kPatience);
        click(window, "playButton");
        QTRY_COMPARE_WITH_TIMEOUT(window.session().status().state, TrainerState::Paused, kPatience);
        window.session().settle();
        m_file = QString::fromStdString(window.document().path());
        window.close();
    }

    void init() {
        m_window = std::make_unique<MainWindow>(*m_theme);
        m_window->resize(1600, 1000);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_window->openFile(m_file);
        m_window->setLens(QStringLiteral("measure"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->desk().image.dataset() != nullptr, kPatience);
    }
    void cleanup() { m_window.reset(); }

    void emptyThenMeasured() {
        QVERIFY(child<QLabel>(*m_window, "measureEmpty")->isVisible());
        QVERIFY(!child<LaserView>(*m_window, "laserView")->isVisible());
        click(*m_window, "measureEmptyButton");
        QTRY_COMPARE_WITH_TIMEOUT(lens().session().job().state(), BackgroundJob::State::Done, kPatience);
        const auto& rows = child<LaserView>(*m_window, "laserView")->rows();
        QCOMPARE(rows.size(), std::size_t{5});
        for (const LaserRow& row : rows) QVERIFY2(row.value != QStringLiteral("–"), qPrintable(row.letter));
        QVERIFY(table().isVisible());
        QCOMPARE(table().model()->rowCount(), 9 + 2);
        QCOMPARE(cell(10, 0), QStringLiteral("Network"));
        QCOMPARE(cell(10, 2), QStringLiteral("81,194"));
        QVERIFY(child<QLabel>(*m_window, "measureHow")->text().contains(QStringLiteral("Median of")));
        QVERIFY(child<DevicesView>(*m_window, "devicesView")->bars().size() == 7);
        QCOMPARE(child<QPushButton>(*m_window, "measureNowButton")->text(), QStringLiteral("Measure again"));
        QVERIFY(lens().session().peak().has_value());
        // All numbers on the cards.
        const NodeId conv = m_window->document().network().spec().nodeByName("Conv 1")->id;
        for (const char* id : {"time", "energy", "moved", "macs"}) QVERIFY2(lens().heat().cardValue(conv, *findLayerMetric(id)), id);
    }

    void cancelling() {
        click(*m_window, "measureNowButton");
        auto* cancel = child<QWidget>(*m_window, "measureJob")->findChild<QPushButton*>(QStringLiteral("jobCancel"));
        QTRY_VERIFY_WITH_TIMEOUT(cancel->isVisible(), kPatience);
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(lens().session().job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(!lens().session().card());
        QVERIFY(child<QPushButton>(*m_window, "measureNowButton")->isEnabled());
    }

    void switchesAndSelection() {
        measureAll();
        const double dram = lens().session().card()->energy.total();
        auto* home = child<QComboBox>(*m_window, "weightHome");
        home->setFocus();
        QTest::keyClick(home, Qt::Key_End);
        QVERIFY(lens().session().card()->energy.total() < dram);
        QTest::keyClick(home, Qt::Key_Home);
        QCOMPARE(lens().session().card()->energy.total(), dram);
        segment(*m_window, "energyBatch", 2);
        QCOMPARE(lens().session().energy().batch, std::int64_t{64});
        QVERIFY(lens().session().card()->energy.total() < dram);
        QVERIFY(child<QLabel>(*m_window, "measureHow")->text().contains(QStringLiteral("batch 64")));
        QVERIFY(child<LaserView>(*m_window, "laserView")->rows()[0].caption.contains(QStringLiteral("batch 64")));
        segment(*m_window, "heatChoice", 3);
        QCOMPARE(lens().session().metric(), QStringLiteral("macs"));
        QCOMPARE(child<QLabel>(*m_window->lensNamed(QStringLiteral("measure"))->leftPanel(), "layerNumberTitle")->text(), QStringLiteral("MACs"));

        // Sorted by MACs the heaviest comes first, and the sums stay below.
        auto* header = table().horizontalHeader();
        const auto column = [header](int index) { return QPoint(header->sectionViewportPosition(index) + 12, header->height() / 2); };
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, column(3));
        if (cell(0, 0) != QStringLiteral("Conv 2")) QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, column(3));
        QCOMPARE(cell(0, 0), QStringLiteral("Conv 2"));
        QCOMPARE(cell(10, 0), QStringLiteral("Network"));
        // A row is the layer on the canvas, and the other way round.
        QTest::mouseClick(table().viewport(), Qt::LeftButton, {}, table().visualRect(table().model()->index(0, 0)).center());
        const NetworkSpec& spec = m_window->document().network().spec();
        QVERIFY(m_window->canvas().selection().contains(spec.nodeByName("Conv 2")->id));
        m_window->canvas().selection().only(spec.nodeByName("Dense 1")->id);
        const QModelIndexList chosen = table().selectionModel()->selectedRows();
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0].data().toString(), QStringLiteral("Dense 1"));
    }

    void copies() {
        measureAll();
        const auto menu = table().makeMenu();
        menu->findChild<QAction*>(QStringLiteral("copyCsv"))->trigger();
        const QString csv = QGuiApplication::clipboard()->text();
        QVERIFY(csv.startsWith(QStringLiteral("layer,output,parameters,macs,moved [B],time [s],energy [J]")));
        QCOMPARE(csv.count(QStringLiteral("\r\n")), 9 + 3);
        for (const char* view : {"laserView", "devicesView"}) {
            const auto each = child<ValueView>(*m_window, view)->makeMenu();
            QVERIFY(each != nullptr);
            each->findChild<QAction*>(QStringLiteral("copySvg"))->trigger();
            QVERIFY2(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("<svg")) || QGuiApplication::clipboard()->text().contains(QStringLiteral("<svg")), view);
        }
    }

    void keptVersionsStandBeside() {
        const NetworkSpec& spec = m_window->document().network().spec();
        VersionInfo version;
        version.name = "a smaller file";
        version.kind = "pruned";
        version.specJson = specToJson(spec);
        version.noteJson = R"({"bytes": 10600})";
        m_window->document().file()->writeVersion(version, m_window->session().bestWeights());
        measureAll();
        const auto& networks = lens().session().networks();
        QCOMPARE(networks.size(), std::size_t{2});
        QVERIFY(networks[0].isOpen() && !networks[1].isOpen());
        const auto& rows = child<LaserView>(*m_window, "laserView")->rows();
        QCOMPARE(rows[2].bars[1].text, QStringLiteral("10.4 KiB"));
        QVERIFY(rows[2].bars[1].best && !rows[2].bars[0].best);
        QCOMPARE(rows[1].bars[1].text, rows[1].bars[0].text);
        segment(*m_window, "measurePlotChoice", 1);
        const auto& plot = dynamic_cast<const CurvesInstrument&>(*child<InstrumentView>(*m_window, "measurePlot")->instrument());
        QVERIFY(plot.largePlots()[0].series.size() >= 2);
        m_window->document().file()->removeVersion(networks[1].version);
        measureAll();
        QCOMPARE(lens().session().networks().size(), std::size_t{1});
    }

    void quantisedVersionsAreMeasuredInIntegers() {
        LabDocument& document = m_window->document();
        const NetworkSpec& spec = document.network().spec();
        CompressionPlan plan;
        for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = 8;
        VersionInfo version;
        version.name = "in 8 bits";
        version.kind = "quantized";
        version.specJson = specToJson(spec);
        version.planJson = planToJson(plan, spec);
        document.keepVersion(version, m_window->session().bestWeights());
        measureAll();
        const auto& networks = lens().session().networks();
        QCOMPARE(networks.size(), std::size_t{2});
        QCOMPARE(networks[0].card->arithmetic, std::string("float32"));
        QCOMPARE(networks[1].card->arithmetic, std::string("8-bit integers"));
        QVERIFY(networks[1].card->energy.total() < networks[0].card->energy.total());
        QVERIFY(networks[1].card->size.shippedBytes() < networks[0].card->size.shippedBytes());
        const auto& rows = child<LaserView>(*m_window, "laserView")->rows();
        QCOMPARE(rows[0].bars[1].name, QStringLiteral("in 8 bits · 8-bit integers"));
        QVERIFY(rows[0].caption.contains(QStringLiteral("p95")));
        // What happens to a version elsewhere shows here at once.
        const std::int64_t kept = networks[1].version;
        document.renameVersion(kept, "int8");
        QCOMPARE(networks[1].name, QStringLiteral("int8"));
        document.removeVersion(kept);
        QCOMPARE(networks.size(), std::size_t{1});
    }

    void changedNetworksAreStale() {
        measureAll();
        const NodeId conv = m_window->document().network().spec().nodeByName("Conv 1")->id;
        m_window->document().network().edit(QStringLiteral("filters"), [conv](NetworkSpec& spec) { spec.setAttribute(conv, "filters", std::int64_t{7}); });
        QVERIFY(lens().session().isStale());
        QVERIFY(!lens().heat().cardValue(conv, *findLayerMetric("time")));
        QVERIFY(child<QLabel>(*m_window, "measureNote")->text().contains(QStringLiteral("measure again")));
        m_window->document().network().undoStack().undo();
        QVERIFY(!lens().session().isStale());
        measureAll();
    }

    void untrainedNetworksHaveNoAccuracy() {
        m_window->openPreset("mlp-512-256");
        m_window->setLens(QStringLiteral("measure"));
        QVERIFY(child<QLabel>(*m_window, "measureNote")->text().contains(QStringLiteral("not trained")));
        measureAll();
        const auto& rows = child<LaserView>(*m_window, "laserView")->rows();
        QCOMPARE(rows[1].value, QStringLiteral("–"));
        QVERIFY(rows[0].value != QStringLiteral("–"));
        m_window->startEmpty();
        m_window->setLens(QStringLiteral("measure"));
        QVERIFY(!child<QPushButton>(*m_window, "measureNowButton")->isEnabled());
        QVERIFY(child<QLabel>(*m_window, "measureEmpty")->text().startsWith(QStringLiteral("Cannot measure")));
    }

    void missingDataIsNamed() {
        QVERIFY(lens().session().hint().isEmpty());
        const Recipe before = m_window->document().recipe();
        Recipe recipe = before;
        recipe.dataset = "/nowhere/pictures";
        m_window->document().setRecipe(recipe);
        QTRY_VERIFY_WITH_TIMEOUT(lens().session().hint().contains(QStringLiteral("/nowhere/pictures")), kPatience);
        QVERIFY(lens().session().hint().startsWith(QStringLiteral("No accuracy, no robustness: ")));
        m_window->document().setRecipe(before);
        QTRY_VERIFY_WITH_TIMEOUT(lens().session().hint().isEmpty(), kPatience);
    }

    void plotsFollow() {
        measureAll();
        const auto& plot = dynamic_cast<const CurvesInstrument&>(*child<InstrumentView>(*m_window, "measurePlot")->instrument());
        QVERIFY(plot.largePlots()[0].series[0].x.size() >= 8);
        segment(*m_window, "measurePlotChoice", 1);
        QCOMPARE(plot.largePlots()[0].series.size(), std::size_t{1});
        QCOMPARE(plot.largePlots()[0].xAxis.label, std::string("Size"));
        auto* axis = child<QComboBox>(*m_window, "paretoX");
        axis->setFocus();
        QTest::keyClick(axis, Qt::Key_Home);
        QCOMPARE(plot.largePlots()[0].xAxis.label, std::string("Latency, batch 1"));
    }

    void experiments() {
        segment(*m_window, "measurePage", 1);
        auto* list = child<QListWidget>(*m_window, "experimentList");
        QVERIFY(list->isVisible());
        QVERIFY(!child<QLabel>(*m_window, "experimentExpectation")->text().isEmpty());
        auto& page = *dynamic_cast<ExperimentPage*>(list->parentWidget());
        for (int i = 0; i < 2; ++i) {
            QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(i)).center());
            click(*m_window, "runExperiment");
            QTRY_COMPARE_WITH_TIMEOUT(page.job().state(), BackgroundJob::State::Done, kPatience);
            QVERIFY(child<QLabel>(*m_window, "experimentVerdict")->text().startsWith(QStringLiteral("It holds here.")));
            QVERIFY(child<QTableWidget>(*m_window, "experimentTable")->isVisible());
            QVERIFY(child<QTableWidget>(*m_window, "experimentTable")->rowCount() >= 2);
        }
        // The longest one is cancelled.
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(3)).center());
        click(*m_window, "runExperiment");
        auto* cancel = child<QWidget>(*m_window, "experimentJob")->findChild<QPushButton*>(QStringLiteral("jobCancel"));
        QTRY_VERIFY_WITH_TIMEOUT(cancel->isVisible(), kPatience);
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(page.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(child<QPushButton>(*m_window, "runExperiment")->isEnabled());
    }

    void aTrainingGoesOnMeanwhile() {
        m_window->session().play();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->session().isRunning(), kPatience);
        const std::size_t before = m_window->session().history().steps.size();
        measureAll();
        QVERIFY(m_window->session().history().steps.size() > before);
        m_window->session().pause();
    }
};

QTEST_MAIN(MeasureLensTest)
#include "tst_measure_lens.moc"
