// The window as a person uses it, in one process: first card, training, surgery, lenses, saving, export.
#include <QAbstractButton>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>
#include <algorithm>
#include <filesystem>

#include "app/lenses/compress/compress_lens.h"
#include "app/main_window.h"
#include "core/compress/coding/packed_file.h"
#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/cost_bars_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

constexpr int kPatience = 60000;

template <class Widget>
Widget* child(QWidget& window, const char* name) {
    auto* found = window.findChild<Widget*>(QLatin1String(name));
    Q_ASSERT(found != nullptr);
    return found;
}

void click(QWidget& window, const char* name) {
    QTest::mouseClick(child<QAbstractButton>(window, name), Qt::LeftButton);
}

NodeId nodeNamed(MainWindow& window, const char* name) { return window.document().network().spec().nodeByName(name)->id; }

}  // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
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

    void packedFilesAreDroppedOnTheCanvas() {
        const NetworkSpec spec = makePreset("lenet-like").value();
        PackedNetwork packed{spec, initialWeights(spec, analyze(spec), 1), {}};
        const ParameterEntry* dense = packed.weights.layout->find(spec.nodeByName("Dense 1")->id, "weight");
        const auto first = packed.weights.parameters.begin() + static_cast<std::ptrdiff_t>(dense->offset);
        std::fill(first, first + dense->spec.shape.size() / 4 * 3, 0.0F);
        CompressionPlan plan;
        plan.layers[dense->node] = {.bits = 4, .levels = WeightLevels::KMeans};
        packed.codebooks = makeCodebooks(spec, packed.weights, plan).value();
        packed.weights = shared(std::move(packed.weights), packed.codebooks);
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("net.packed"));
        QVERIFY(writePackedFile(packed, file.toStdString()).ok());
        m_window->openPreset("mlp-512-256");
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        QWidget* canvas = m_window->canvas().viewport();  // which itself takes layers only
        QDragEnterEvent enter({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop({20.0, 20.0}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &drop);
        QCOMPARE(m_window->lens(), QStringLiteral("compress"));
        QVERIFY(m_window->session().bestWeights()->parameters == packed.weights.parameters);
        const CompressionPlan& laid = dynamic_cast<CompressLens*>(m_window->lensNamed(QStringLiteral("compress")))->compress().plan();
        QCOMPARE(laid.of(dense->node).bits, 4);
        QCOMPARE(laid.of(dense->node).sparsity, 0.75);
        data.setUrls({QUrl::fromLocalFile(folder.filePath(QStringLiteral("song.mp3")))});
        QDragEnterEvent other({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(canvas, &other);
        QVERIFY(!other.isAccepted());
        // A broken one is a sentence; what was open stays.
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::ReadWrite) && broken.resize(500));
        broken.close();
        m_window->openFile(file);
        QVERIFY2(child<QLabel>(*m_window, "messageLabel")->text().contains(QStringLiteral("checksum")), qPrintable(child<QLabel>(*m_window, "messageLabel")->text()));
        QVERIFY(m_window->document().network().spec().nodeByName("Conv 1") != nullptr);
    }

    void firstCardTrainsAtOnce() {
        click(*m_window, "lenetCard");
        QCOMPARE(m_window->document().network().analysis().total.parameters, 81194);
        QCOMPARE(m_window->lens(), QStringLiteral("train"));
        QVERIFY(m_window->session().isRunning());
        waitForSteps(60);
        const auto& steps = m_window->session().history().steps;
        double first = 0, last = 0;
        for (std::size_t i = 0; i < 10; ++i) {
            first += steps[i].loss;
            last += steps[steps.size() - 1 - i].loss;
        }
        QVERIFY2(last < 0.8 * first, qPrintable(QStringLiteral("loss %1 after %2").arg(last / 10).arg(first / 10)));
        QVERIFY(child<QLabel>(*m_window, "stepCounter")->text() != QStringLiteral("–"));
    }

    void pauseStepResume() {
        click(*m_window, "lenetCard");
        waitForSteps(5);
        click(*m_window, "playButton");
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        QTRY_COMPARE(static_cast<std::int64_t>(m_window->session().history().steps.size()), m_window->session().status().step);
        const std::int64_t before = m_window->session().status().step;
        click(*m_window, "stepButton");
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().step, before + 1, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        click(*m_window, "playButton");
        waitForSteps(static_cast<std::size_t>(before) + 3);
    }

    void structuralEditPausesAndKeepsWeights() {
        click(*m_window, "lenetCard");
        waitForSteps(5);
        const NodeId dense = nodeNamed(*m_window, "Dense 1");
        m_window->document().network().edit(QStringLiteral("Change units"), [dense](NetworkSpec& spec) {
            spec.setAttribute(dense, "units", std::int64_t{96});
        });
        QVERIFY(m_window->session().structureChanged());
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        auto* banner = child<QWidget>(*m_window, "structureBanner");
        QTRY_VERIFY(banner->isVisible());
        QTRY_VERIFY(m_window->session().keptWeightsText().startsWith(QStringLiteral("3 of 5")));
        const std::int64_t run = static_cast<std::int64_t>(m_window->document().file()->readRuns()->size());
        click(*m_window, "resumeButton");
        QTRY_VERIFY_WITH_TIMEOUT(m_window->session().isRunning(), kPatience);
        waitForSteps(3);
        QVERIFY(!banner->isVisible());
        QCOMPARE(static_cast<std::int64_t>(m_window->document().file()->readRuns()->size()), run + 1);
    }

    void undoBringsTheTrainedNetworkBack() {
        click(*m_window, "lenetCard");
        waitForSteps(5);
        const NodeId pool = nodeNamed(*m_window, "Pool 1");
        m_window->document().network().edit(QStringLiteral("Delete"), [pool](NetworkSpec& spec) { spec.removeNode(pool, true); });
        QVERIFY(m_window->session().structureChanged());
        click(*m_window, "undoButton");
        QVERIFY(!m_window->session().structureChanged());
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        const std::size_t before = m_window->session().history().steps.size();
        click(*m_window, "playButton");
        waitForSteps(before + 2);
    }

    void trainingSettingsAreUndoneAndReachTheRun() {
        click(*m_window, "lenetCard");
        waitForSteps(5);
        m_window->session().setRate(0.0005);
        m_window->session().setRate(0.0002);
        const auto rateNow = [this] { return m_window->session().history().steps.back().rate; };
        QTRY_COMPARE_WITH_TIMEOUT(rateNow(), 0.0002, kPatience);
        click(*m_window, "undoButton");
        QCOMPARE(m_window->document().recipe().rate, 1e-3);
        QVERIFY(!m_window->document().network().undoStack().canUndo());
        QTRY_COMPARE_WITH_TIMEOUT(rateNow(), 1e-3, kPatience);
        click(*m_window, "redoButton");
        QCOMPARE(m_window->document().recipe().rate, 0.0002);
    }

    void anErrorDisablesTraining() {
        click(*m_window, "emptyCard");
        QVERIFY(!child<QToolButton>(*m_window, "playButton")->isEnabled());
        QVERIFY(child<QToolButton>(*m_window, "playButton")->toolTip().contains(QStringLiteral("Cannot train")));
        QVERIFY(child<QPushButton>(*m_window, "diagnosticsButton")->text().contains(QStringLiteral("error")));
    }

    void lensesKeepSelectionAndZoom() {
        click(*m_window, "lenetCard");
        const NodeId conv = nodeNamed(*m_window, "Conv 2");
        m_window->canvas().select(conv, false);
        m_window->canvas().setZoom(0.8, {100, 100});
        click(*m_window, "buildLens");
        QCOMPARE(m_window->lens(), QStringLiteral("build"));
        QVERIFY(m_window->canvas().selection().contains(conv));
        QCOMPARE(m_window->canvas().zoom(), 0.8);
        QVERIFY(m_window->session().isRunning());
        click(*m_window, "trainLens");
        QVERIFY(m_window->canvas().selection().contains(conv));
        QCOMPARE(m_window->canvas().zoom(), 0.8);
    }

    void savedDocumentComesBackWithItsRun() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("mine.convolab"));
        click(*m_window, "lenetCard");
        waitForSteps(8);
        m_window->session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        const std::int64_t step = m_window->session().status().step;
        QTRY_COMPARE(static_cast<std::int64_t>(m_window->session().history().steps.size()), step);
        QVERIFY(m_window->document().saveAs(file).ok());
        QCOMPARE(m_window->document().name(), QStringLiteral("mine"));
        cleanup();
        init();
        m_window->openFile(file);
        QCOMPARE(m_window->document().network().analysis().total.parameters, 81194);
        QCOMPARE(static_cast<std::int64_t>(m_window->session().history().steps.size()), step);
        m_window->session().play();
        waitForSteps(static_cast<std::size_t>(step) + 3);
        QCOMPARE(m_window->session().history().steps[static_cast<std::size_t>(step)].step, step + 1);
    }

    void anotherNetworkLeavesTheRunInItsFile() {
        click(*m_window, "lenetCard");
        waitForSteps(10);
        const QString first = QString::fromStdString(m_window->document().path());
        m_window->startEmpty();
        auto project = ProjectFile::open(first.toStdString());
        QVERIFY(project.ok());
        const auto runs = (*project)->readRuns();
        QCOMPARE(runs->size(), std::size_t{1});
        QCOMPARE(QString::fromStdString(runs->front().state), QStringLiteral("paused"));
        const auto checkpoint = (*project)->readLastCheckpoint(runs->front().id);
        QVERIFY(checkpoint.ok() && checkpoint->has_value());
        QCOMPARE((*checkpoint)->step, static_cast<std::int64_t>((*project)->readHistory(runs->front().id)->steps.size()));
    }

    void editedAfterTrainingComesBackAsEdited() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("edited.convolab"));
        click(*m_window, "lenetCard");
        waitForSteps(8);
        const NodeId dense = nodeNamed(*m_window, "Dense 1");
        m_window->document().network().edit(QStringLiteral("Change units"), [dense](NetworkSpec& spec) {
            spec.setAttribute(dense, "units", std::int64_t{96});
        });
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        QVERIFY(m_window->document().saveAs(file).ok());
        cleanup();
        init();
        m_window->openFile(file);
        QVERIFY(m_window->session().structureChanged());
        m_window->session().stepOnce();
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().step, 1, kPatience);
        QVERIFY(!m_window->session().structureChanged());
    }

    void firstCardAgainWhilePausedStartsAnew() {
        click(*m_window, "lenetCard");
        waitForSteps(8);
        click(*m_window, "playButton");
        QTRY_COMPARE_WITH_TIMEOUT(m_window->session().status().state, TrainerState::Paused, kPatience);
        m_window->startLenetOnDigits(QStringLiteral("train"));
        waitForSteps(3);
        QCOMPARE(m_window->session().history().steps.front().step, 1);
    }

    void aDataSetThatDoesNotOpenIsExplained() {
        m_window->openPreset("lenet-like");
        Recipe recipe = m_window->document().recipe();
        recipe.dataset = "/nonexistent/folder";
        m_window->document().setRecipe(recipe);
        auto* problem = child<QLabel>(*m_window, "datasetProblem");
        QTRY_VERIFY(problem->text().contains(QStringLiteral("/nonexistent/folder")));
    }

    void exportWritesACheckedFile() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("net.onnx"));
        click(*m_window, "lenetCard");
        waitForSteps(5);
        m_window->exportOnnxTo(file);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), kPatience);
        QTRY_VERIFY(child<QLabel>(*m_window, "messageLabel")->text().contains(QStringLiteral("checked")));
    }

    void badFilesAreAnsweredAndNothingIsLost() {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("text.convolab"));
        QFile text(file);
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("this is not a document");
        text.close();
        m_window->openPreset("conv20-conv50");
        m_window->openFile(file);
        QCOMPARE(m_window->document().network().analysis().total.parameters, 431080);
        const QString message = child<QLabel>(*m_window, "messageLabel")->text();
        QVERIFY2(message.contains(QStringLiteral("text.convolab")), qPrintable(message));
    }

    void closingWhileTrainingEndsSoon() {
        click(*m_window, "lenetCard");
        waitForSteps(3);
        QElapsedTimer timer;
        timer.start();
        m_window->close();
        QVERIFY2(timer.elapsed() < 10000, qPrintable(QString::number(timer.elapsed())));
        const auto runs = m_window->document().file()->readRuns();
        QVERIFY(runs.ok());
        QVERIFY(m_window->document().file()->readLastCheckpoint(runs->back().id)->has_value());
    }

    void theMenuButtonShowsItsIconAndNoArrow() {
        auto* button = child<QToolButton>(*m_window, "menuButton");
        const QImage with = button->grab().toImage();
        QMenu* menu = button->menu();
        button->setMenu(nullptr);
        const QImage without = button->grab().toImage();
        button->setMenu(menu);
        QCOMPARE(with, without);
    }

    void costsStandAsTheCanvasShowsThem() {
        m_window->openPreset("resnet-20");
        const auto& bars = *dynamic_cast<const CostBarsInstrument*>(child<InstrumentView>(*m_window, "costBars")->instrument());
        const auto total = [&bars] {
            long long parameters = 0;
            for (const CostRow& row : bars.rows()) parameters += row.parameters;
            return parameters;
        };
        // Nine folded blocks, each in one row; nothing is lost on the way.
        QVERIFY(bars.rows().size() < 16);
        const auto first = std::find_if(bars.rows().begin(), bars.rows().end(), [](const CostRow& row) { return row.layer == "Residual 1"; });
        QVERIFY(first != bars.rows().end());
        QCOMPARE(first->parameters, 4672LL);
        QCOMPARE(total(), 269722LL);
        m_window->canvas().commands().setFolded("Residual 1", false);
        QVERIFY(std::none_of(bars.rows().begin(), bars.rows().end(), [](const CostRow& row) { return row.layer == "Residual 1"; }));
        QVERIFY(std::any_of(bars.rows().begin(), bars.rows().end(), [](const CostRow& row) { return row.layer == "Conv 2"; }));
        QCOMPARE(total(), 269722LL);
    }

    void everyButtonHasAName() {
        click(*m_window, "lenetCard");
        for (QAbstractButton* button : m_window->findChildren<QAbstractButton*>()) {
            if (!button->isVisible()) continue;
            QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty() || !button->toolTip().isEmpty(),
                     qPrintable(button->objectName() + QStringLiteral(" in ") + button->parentWidget()->objectName()));
        }
    }

  private:
    void waitForSteps(std::size_t steps) {
        QTRY_VERIFY_WITH_TIMEOUT(m_window->session().history().steps.size() >= steps, kPatience);
    }

    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
