// The compress lens in the window, in one process: slider, histogram, table, cards, plots, and what stands there when there
// is nothing to compress.
#include <QAbstractButton>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QStandardPaths>
#include <QTableView>
#include <QTest>
#include <QUndoStack>

#include "app/lenses/compress/compress_lens.h"
#include "app/lenses/compress/plan_decorator.h"
#include "app/lenses/compress/stage_section.h"
#include "app/main_window.h"
#include "core/compress/quantization/range_rule.h"
#include "core/cpu/compute_team.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/scatter_instrument.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"
#include "widgets/weights/weight_histogram_view.h"

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

void press(QWidget& window, const char* control, int option) {
    QTest::mouseClick(child<QWidget>(window, control)->findChildren<QAbstractButton*>().at(option), Qt::LeftButton);
}

}  // namespace

class CompressLensTest : public QObject {
    Q_OBJECT

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
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 200, kPatience);
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
    }

    void cleanup() {
        m_window->close();
        m_window.reset();
    }

    void lensesStandInTheirOrder() {
        QStringList order;
        for (const QPushButton* button : m_window->findChildren<QPushButton*>()) {
            if (button->property("role") == QLatin1String("lens")) order << button->objectName();
        }
        const auto at = [&](const char* name) { return order.indexOf(QLatin1String(name)); };
        QVERIFY(at("buildLens") < at("trainLens") && at("trainLens") < at("look-insideLens") && at("look-insideLens") < at("compressLens"));
        QVERIFY(at("compressLens") < at("attackLens"));
        openLens();
        QTest::keyClick(m_window.get(), Qt::Key_5, Qt::ControlModifier);
        QCOMPARE(m_window->lens(), QStringLiteral("attack"));
        QTest::keyClick(m_window.get(), Qt::Key_4, Qt::ControlModifier);
        QCOMPARE(m_window->lens(), QStringLiteral("compress"));
    }

    void aDraggedThresholdPrunesAndTheNumbersFollow() {
        openLens();
        QCOMPARE(child<QLabel>(*m_window, "compressLayerName")->text(), QStringLiteral("Dense 1"));  // the largest
        auto* histogram = child<WeightHistogramView>(*m_window, "weightHistogram");
        QTRY_VERIFY(histogram->histogram().total() == 69120);
        const QString size = child<QLabel>(*m_window, "compressSize")->text();
        const int y = histogram->height() / 2, from = static_cast<int>(histogram->xOf(0.0)), to = static_cast<int>(histogram->xOf(histogram->histogram().limit * 0.25));
        QTest::mousePress(histogram, Qt::LeftButton, {}, {from, y});
        for (int i = 1; i <= 6; ++i) QTest::mouseMove(histogram, {from + (to - from) * i / 6, y});
        QTest::mouseRelease(histogram, Qt::LeftButton, {}, {to, y});
        settle();
        const double sparsity = lens().compress().plan().of(nodeNamed("Dense 1")).sparsity;
        QVERIFY(sparsity > 0.3);
        QVERIFY(child<QLabel>(*m_window, "compressSize")->text() != size);
        QVERIFY(child<QLabel>(*m_window, "compressSizeNote")->text().contains(QStringLiteral("× smaller")));
        QVERIFY(child<QLabel>(*m_window, "compressAccuracy")->text().endsWith(QStringLiteral(" %")));
        QTRY_VERIFY(child<QLabel>(*m_window, "cutNote")->text().startsWith(QStringLiteral("|w| < ")));
        // The table says the same, and the whole drag is one step back.
        auto* table = child<QTableView>(*m_window, "planTable");
        QCOMPARE(table->model()->rowCount(), 6);
        const int row = rowNamed(*table, "Dense 1");
        QCOMPARE(table->model()->index(row, 3).data().toString().remove(QLatin1Char(',')).toLongLong(), lens().compress().laid()->figures.find(nodeNamed("Dense 1"))->kept);
        m_window->document().network().undoStack().undo();
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).sparsity, 0.0);
    }

    void cellsOfThePlanAreEdited() {
        openLens();
        auto* table = child<QTableView>(*m_window, "planTable");
        const int row = rowNamed(*table, "Conv 2");
        QVERIFY(table->model()->setData(table->model()->index(row, 1), QStringLiteral("50")));
        QCOMPARE(lens().compress().plan().of(nodeNamed("Conv 2")).sparsity, 0.5);
        const CompressionPlan good = lens().compress().plan();
        for (const char* wrong : {"", "abc", "-3", "101", "nan"}) QVERIFY2(!table->model()->setData(table->model()->index(row, 1), QLatin1String(wrong)), wrong);
        QVERIFY(lens().compress().plan() == good);
        settle();
        QCOMPARE(table->model()->index(row, 1).data().toString(), QStringLiteral("50 %"));
        // Choosing a row chooses the layer everywhere.
        table->setCurrentIndex(table->model()->index(row, 0));
        QCOMPARE(child<QLabel>(*m_window, "compressLayerName")->text(), QStringLiteral("Conv 2"));
        QCOMPARE(m_window->canvas().selection().current(), nodeNamed("Conv 2"));
        QTRY_COMPARE(child<WeightHistogramView>(*m_window, "weightHistogram")->histogram().total(), 864LL);
    }

    void scopesReachOneLayerOrAll() {
        openLens();
        auto* field = child<QLineEdit>(*m_window, "sparsityField");
        press(*m_window, "scopeControl", 1);
        type(*field, "50");
        for (const NodeId layer : compressibleLayers(m_window->document().network().spec())) QCOMPARE(lens().compress().plan().of(layer).sparsity, 0.5);
        press(*m_window, "scopeControl", 2);
        type(*field, "90");
        QTRY_VERIFY_WITH_TIMEOUT(lens().compress().plan().of(nodeNamed("Dense 1")).sparsity > 0.9, kPatience);
        settle();
        QVERIFY(std::abs(lens().compress().laid()->figures.sparsity() - 0.9) < 0.001);
        QVERIFY(lens().compress().plan().of(nodeNamed("Conv 1")).sparsity < 0.9);  // few weights, large ones
    }

    void bitsAreChosenForALayerOrAll() {
        openLens();
        auto* histogram = child<WeightHistogramView>(*m_window, "weightHistogram");
        const auto bytes = lens().compress().laid()->figures.bytes;
        press(*m_window, "bitsControl", 4);  // 5 bits
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).bits, 5);
        QCOMPARE(lens().compress().plan().of(nodeNamed("Conv 1")).bits, kFloatBits);
        settle();
        QVERIFY(lens().compress().laid()->figures.bytes < bytes);
        QTRY_COMPARE(histogram->histogram().levels.size(), std::size_t{31});
        QTRY_VERIFY(child<QLabel>(*m_window, "levelsNote")->text().contains(QStringLiteral("31 levels, 5 bit")));
        press(*m_window, "levelsControl", 1);
        settle();
        QTRY_COMPARE(histogram->histogram().levels.size(), std::size_t{32});
        std::vector<float> centroids = lens().compress().laid()->codebooks.at(nodeNamed("Dense 1")).centroids;
        std::sort(centroids.begin(), centroids.end());
        for (std::size_t i = 0; i < centroids.size(); ++i) QCOMPARE(histogram->histogram().levels[i], static_cast<double>(centroids[i]));
        QVERIFY(child<QLabel>(*m_window, "compressArithmetic")->text().startsWith(QStringLiteral("simulated")));
        press(*m_window, "scopeControl", 1);
        press(*m_window, "levelsControl", 0);
        press(*m_window, "bitsControl", 1);  // 8 bits
        for (const NodeId layer : compressibleLayers(m_window->document().network().spec())) QCOMPARE(lens().compress().plan().of(layer).bits, 8);
        settle();
        QCOMPARE(child<QLabel>(*m_window, "compressArithmetic")->text(), QStringLiteral("int8 on the CPU"));
        const double lost = lens().compress().original()->share() - lens().compress().accuracy()->share();
        QVERIFY2(lost <= 0.01, qPrintable(QString::number(lost)));
        QTRY_VERIFY_WITH_TIMEOUT(!lens().errors().rows().empty(), kPatience);
        press(*m_window, "compressPlotControl", 2);
        QVERIFY(child<QWidget>(*m_window, "errorView")->isVisible());
        QVERIFY(child<QLabel>(*m_window, "errorSummary")->text().contains(QStringLiteral("256 validation images")));
        m_window->document().network().undoStack().undo();
        m_window->document().network().undoStack().undo();
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).levels, WeightLevels::KMeans);
        press(*m_window, "scopeControl", 0);
    }

    void bitsAreEditedInTheTable() {
        openLens();
        auto* table = child<QTableView>(*m_window, "planTable");
        const int row = rowNamed(*table, "Dense 1");
        const auto bytes = [&] { return table->model()->index(row, 4).data().toString().remove(QLatin1Char(',')).toLongLong(); };
        const long long before = bytes();
        QVERIFY(table->model()->setData(table->model()->index(row, 2), QStringLiteral("4")));
        settle();
        QTRY_VERIFY(bytes() < before / 7);
        QVERIFY(table->model()->setData(table->model()->index(row, 2), QStringLiteral("3 k")));
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).levels, WeightLevels::KMeans);
        const CompressionPlan good = lens().compress().plan();
        for (const char* wrong : {"", "k", "1", "9", "31", "-4", "4.5", "99999"}) QVERIFY2(!table->model()->setData(table->model()->index(row, 2), QLatin1String(wrong)), wrong);
        QVERIFY(lens().compress().plan() == good);
        settle();
        QCOMPARE(table->model()->index(row, 2).data().toString(), QStringLiteral("3 K"));
        QVERIFY(table->model()->setData(table->model()->index(row, 2), QStringLiteral("fp32")));
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).bits, kFloatBits);
    }

    void theNetworkIsQuantisedAsTheSettingsSay() {
        openLens();
        press(*m_window, "scopeControl", 1);
        press(*m_window, "bitsControl", 5);  // 4 bits
        press(*m_window, "scalesControl", 1);
        QVERIFY(!lens().compress().plan().quantization.perChannel);
        auto* range = child<QComboBox>(*m_window, "rangeCombo");
        QCOMPARE(range->count(), static_cast<int>(rangeRules().size()));
        range->setCurrentIndex(range->findData(QStringLiteral("mse")));
        emit range->activated(range->currentIndex());
        QCOMPARE(lens().compress().plan().quantization.range, std::string("mse"));
        QCOMPARE(child<QLabel>(*m_window, "quantisationHelp")->text(), QString::fromStdString(findRangeRule("mse")->help));
        type(*child<QLineEdit>(*m_window, "calibrationField"), "100");
        QCOMPARE(lens().compress().plan().quantization.calibrationImages, 100);
        type(*child<QLineEdit>(*m_window, "calibrationField"), "0");  // refused in place
        QCOMPARE(lens().compress().plan().quantization.calibrationImages, 100);
        settle();
        QVERIFY(child<QLabel>(*m_window, "compressArithmetic")->text().contains(QStringLiteral("the size is as packed")));
        click(*m_window, "timeIntegersButton");
        auto* speed = child<QLabel>(*m_window, "integerSpeed");
        QTRY_VERIFY_WITH_TIMEOUT(speed->isVisible(), kPatience);
        qInfo("%s", qPrintable(speed->text()));
        QVERIFY(speed->text().contains(QStringLiteral("batch 1")) && speed->text().contains(QStringLiteral("float32")));
        press(*m_window, "activationsControl", 0);
        QVERIFY(!speed->isVisible());
        settle();
        QVERIFY(child<QLabel>(*m_window, "compressArithmetic")->text().startsWith(QStringLiteral("simulated")));
        QVERIFY(!child<QPushButton>(*m_window, "timeIntegersButton")->isEnabled());
        press(*m_window, "scopeControl", 0);
    }

    void classesCannotBePrunedAway() {
        openLens();
        m_window->canvas().selection().only(nodeNamed("Dense 3"));
        press(*m_window, "granularityControl", 2);
        type(*child<QLineEdit>(*m_window, "sparsityField"), "50");
        auto* message = child<QLabel>(*m_window, "layerMessage");
        QVERIFY(message->isVisible());
        QVERIFY2(message->text().contains(QStringLiteral("one per class")), qPrintable(message->text()));
        QVERIFY(!lens().compress().plan().prunes());
        press(*m_window, "granularityControl", 0);
        type(*child<QLineEdit>(*m_window, "sparsityField"), "40");
        QVERIFY(!message->isVisible());
        QVERIFY(lens().compress().plan().prunes());
    }

    void cardsAndListShowThePlan() {
        openLens();
        auto* decorator = dynamic_cast<PlanDecorator*>(lens().decorator());
        QVERIFY(decorator != nullptr);
        const NodeId dense = nodeNamed("Dense 1"), pool = nodeNamed("Pool 1");
        CompressionPlan plan;
        plan.layers[dense] = {.sparsity = 0.9};
        lens().compress().setPlan(plan, QStringLiteral("Prune"));
        settle();
        const Tokens& t = m_theme->current();
        const auto paint = [&](NodeId head) {
            QImage image(132, decorator->slotHeight(head), QImage::Format_RGB32);
            image.fill(toQColor(t.bg3));
            QPainter painter(&image);
            decorator->paint(painter, QRectF(0, 0, image.width(), image.height()), head);
            return image;
        };
        const QImage card = paint(dense);
        const QRect area = PlanDecorator::pictureArea(QRectF(0, 0, card.width(), card.height())).toRect();
        // Nine of ten weights have the card's own colour.
        int empty = 0, filled = 0;
        for (int y = area.top(); y <= area.bottom(); ++y)
            for (int x = area.left(); x <= area.right(); ++x) (card.pixelColor(x, y) == toQColor(t.bg3) ? empty : filled) += 1;
        QVERIFY2(filled > 200 && empty > 5 * filled, qPrintable(QStringLiteral("%1 empty, %2 filled").arg(empty).arg(filled)));
        QVERIFY(paint(pool) != card);
        QVERIFY(decorator->hint(QRectF(0, 0, 132, card.height()), dense, QPointF(20, card.height() - 40)).contains(QStringLiteral("6,912 of 69,120 weights kept")));
        const QString at = decorator->hint(QRectF(0, 0, 132, card.height()), dense, QPointF(area.center()));
        QVERIFY2(at.startsWith(QStringLiteral("unit ")), qPrintable(at));
        QVERIFY(decorator->hint(QRectF(0, 0, 132, 200), pool, QPointF(20, 20)).isEmpty());
    }

    void triedPointsAreInThePlotAndDoubleClickRestores() {
        openLens();
        auto* view = child<InstrumentView>(*m_window, "tradeOffPlot");
        auto& scatter = *dynamic_cast<ScatterInstrument*>(view->instrument());
        while (!lens().compress().points().empty()) lens().compress().removePoint(lens().compress().points().front().id);  // of the tests before
        for (const double sparsity : {0.5, 0.95}) {
            CompressionPlan plan;
            plan.layers[nodeNamed("Dense 1")].sparsity = sparsity;
            lens().compress().setPlan(plan, QStringLiteral("Prune"));
            settle();
        }
        QTRY_COMPARE(scatter.plot().series[0].x.size(), std::size_t{2});
        QCOMPARE(scatter.plot().series[2].x.size(), std::size_t{1});  // the original
        static_cast<void>(view->grabImage());
        const auto place = scatter.position({0, 1});  // the larger one: 50 %
        QVERIFY(place.has_value());
        const QPoint at = QPointF(place->x, place->y).toPoint();
        QTest::mouseMove(view, at);
        QTest::mouseClick(view, Qt::LeftButton, {}, at);
        QTRY_VERIFY(child<QPushButton>(*m_window, "restoreButton")->isVisible());
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).sparsity, 0.95);  // only looked at
        click(*m_window, "restoreButton");
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).sparsity, 0.5);
        m_window->document().network().undoStack().undo();
        QCOMPARE(lens().compress().plan().of(nodeNamed("Dense 1")).sparsity, 0.95);
    }

    void denseIsShownBeforeItIsTaken() {
        openLens();
        auto* section = child<QWidget>(*m_window, "denseSection");
        QVERIFY(!section->isVisible());
        QVERIFY(!child<QPushButton>(*m_window, "toDenseButton")->isEnabled());  // nothing is pruned
        m_window->canvas().selection().only(nodeNamed("Conv 2"));
        press(*m_window, "granularityControl", 2);
        type(*child<QLineEdit>(*m_window, "sparsityField"), "50");
        settle();
        click(*m_window, "toDenseButton");
        QTRY_VERIFY_WITH_TIMEOUT(section->isVisible(), kPatience);
        QVERIFY(child<QLabel>(*m_window, "denseLayers")->text().contains(QStringLiteral("Conv 2: 16 → 8")));
        QVERIFY(child<QLabel>(*m_window, "denseProof")->text().contains(QStringLiteral("|Δlogit|")));
        QVERIFY(child<QLabel>(*m_window, "denseCell_3_0")->text().endsWith(QStringLiteral(" µs")));
        const auto before = m_window->document().network().spec();
        click(*m_window, "takeDenseButton");
        QCOMPARE(*m_window->document().network().spec().node(nodeNamed("Conv 2"))->attributes.values().find("filters"),
                 (std::pair<const std::string, AttributeValue>("filters", std::int64_t{8})));
        QVERIFY(!section->isVisible());
        settle();
        click(*m_window, "undoButton");
        QVERIFY(m_window->document().network().spec() == before);
        QCOMPARE(lens().compress().plan().of(nodeNamed("Conv 2")).sparsity, 0.5);
    }

    void versionsAreKeptWithTheDocument() {
        openLens();
        CompressionPlan plan;
        plan.layers[nodeNamed("Dense 1")].sparsity = 0.8;
        lens().compress().setPlan(plan, QStringLiteral("Prune"));
        settle();
        const auto count = m_window->document().file()->readVersions()->size();
        click(*m_window, "keepVersionButton");
        const auto versions = m_window->document().file()->readVersions();
        QCOMPARE(versions->size(), count + 1);
        QCOMPARE(versions->back().kind, std::string("pruned"));
        QVERIFY(versions->back().noteJson.find("\"bytes\"") != std::string::npos);
        const auto weights = m_window->document().file()->readVersionWeights(versions->back().id);
        QVERIFY(weights.ok());
        QCOMPARE(weights->parameters, lens().compress().laid()->weights->parameters);
        m_window->document().removeVersion(versions->back().id);
    }

    void theCommandLineIsCopied() {
        openLens();
        CompressionPlan plan;
        plan.layers[nodeNamed("Dense 1")].sparsity = 0.8;
        lens().compress().setPlan(plan, QStringLiteral("Prune"));
        settle();
        child<QPushButton>(*m_window, "compressMoreButton")->menu()->findChild<QAction*>(QStringLiteral("copyPlanCommand"))->trigger();
        const QString copied = QGuiApplication::clipboard()->text();
        QVERIFY2(copied.startsWith(QStringLiteral("convolab prune ")) && copied.contains(QStringLiteral("--plan ")), qPrintable(copied));
        child<QPushButton>(*m_window, "compressMoreButton")->menu()->findChild<QAction*>(QStringLiteral("clearPlan"))->trigger();
        QVERIFY(!lens().compress().plan().prunes());
    }

    void stagesStandInThePanelAndAreCounted() {
        openLens();
        auto* bars = child<StageBars>(*m_window, "stageBars");
        QCOMPARE(bars->stages().size(), std::size_t{4});
        QVERIFY(!bars->stages()[3].there() && !child<QPushButton>(*m_window, "codeButton")->isEnabled());
        CompressionPlan plan;
        plan.layers[nodeNamed("Dense 1")] = {.sparsity = 0.9, .bits = 5, .levels = WeightLevels::KMeans};
        lens().compress().setPlan(plan, QStringLiteral("Prune"));
        settle();
        QVERIFY(bars->barOf(1).width() < bars->barOf(0).width() && bars->barOf(3).width() < bars->barOf(1).width());
        QVERIFY(bars->accessibleDescription().contains(QStringLiteral("≈")));
        QVERIFY(child<QLabel>(*m_window, "stageRatio")->text().startsWith(QStringLiteral("≈ ")));
        click(*m_window, "codeButton");
        QTRY_VERIFY_WITH_TIMEOUT(lens().stages().coded() != nullptr, kPatience);
        QTRY_VERIFY(!bars->accessibleDescription().contains(QStringLiteral("≈")));
        QVERIFY(bars->stages()[3].accuracy.has_value());
        // A menu of forms; what does not apply says why.
        auto* menu = child<QPushButton>(*m_window, "compressExportButton")->menu();
        emit menu->aboutToShow();
        const auto* integers = menu->findChild<QAction*>(QStringLiteral("export_onnx-qdq"));
        QVERIFY(!integers->isEnabled() && integers->text().contains(QStringLiteral("8 bits or fewer")));
        QVERIFY(menu->findChild<QAction*>(QStringLiteral("export_packed"))->isEnabled());
    }

    void theBudgetIsTyped() {
        openLens();
        auto* field = child<QLineEdit>(*m_window, "budgetField");
        type(*field, "0.2");
        QCOMPARE(lens().compress().budget(), 0.002);
        type(*field, "none");
        QCOMPARE(lens().compress().budget(), 0.002);
        const auto& scatter = dynamic_cast<const ScatterInstrument&>(*child<InstrumentView>(*m_window, "tradeOffPlot")->instrument());
        QVERIFY(!scatter.plot().budgets.empty());
        QCOMPARE(scatter.plot().budgets[0].label, std::string("budget: 0.2 points"));
        type(*field, "1");
    }

    void anUntrainedNetworkOffersToTrain() {
        m_window->openPreset("lenet-like");
        click(*m_window, "compressLens");
        auto* train = child<QPushButton>(*m_window, "compressTrainButton");
        QTRY_VERIFY(train->isVisible());
        QCOMPARE(child<QLabel>(*m_window, "compressProblem")->text(), QStringLiteral("This network is not trained yet."));
        QVERIFY(!child<QPushButton>(*m_window, "fineTuneButton")->isEnabled());
        QVERIFY(!child<QPushButton>(*m_window, "applyPlanButton")->isEnabled());
        click(*m_window, "compressTrainButton");
        QCOMPARE(m_window->lens(), QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->session().isRunning(), kPatience);
        m_window->session().pause();
    }

    void everyControlHasANameAndKeepsItsPlace() {
        openLens();
        for (QWidget* widget : child<QWidget>(*m_window, "compressPanel")->findChildren<QWidget*>()) {
            const bool control = qobject_cast<QComboBox*>(widget) || qobject_cast<QSlider*>(widget) || qobject_cast<QLineEdit*>(widget) ||
                                 qobject_cast<QTableView*>(widget) || qobject_cast<WeightHistogramView*>(widget);
            if (!control || widget->objectName().startsWith(QStringLiteral("qt_"))) continue;
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
            QVERIFY2(widget->focusPolicy() != Qt::NoFocus, qPrintable(widget->objectName()));
        }
        m_window->resize(1280, 720);
        click(*m_window, "trainLens");
        click(*m_window, "compressLens");
        QTRY_VERIFY(child<QWidget>(*m_window, "compressStrip")->height() <= 210);
        QVERIFY(child<InstrumentView>(*m_window, "tradeOffPlot")->height() >= 140);
    }

  private:
    void openLens() {
        m_window->openFile(m_file);
        click(*m_window, "compressLens");
        QCOMPARE(m_window->lens(), QStringLiteral("compress"));
        lens().compress().setOverlay({}, QStringLiteral("Clear"));
        settle();
    }
    void settle() {
        const CompressSession& compress = lens().compress();
        QTRY_VERIFY_WITH_TIMEOUT(compress.laid() && !compress.laidWaits() && compress.accuracy() && !compress.accuracyWaits(), kPatience);
    }
    static void type(QLineEdit& field, const char* text) {
        field.setFocus();
        field.selectAll();
        QTest::keyClicks(&field, QLatin1String(text));
        QTest::keyClick(&field, Qt::Key_Return);
    }
    static int rowNamed(const QTableView& table, const char* name) {
        for (int row = 0; row < table.model()->rowCount(); ++row) {
            if (table.model()->index(row, 0).data().toString() == QLatin1String(name)) return row;
        }
        return -1;
    }
    CompressLens& lens() const { return *dynamic_cast<CompressLens*>(m_window->lensNamed(QStringLiteral("compress"))); }
    NodeId nodeNamed(const char* name) const { return m_window->document().network().spec().nodeByName(name)->id; }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
    QString m_file;
};

QTEST_MAIN(CompressLensTest)
#include "tst_compress_lens.moc"
