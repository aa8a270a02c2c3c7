// The device button in the window, on a module whose GPU is this processor: a training changes devices in mid-run, does not
// find room, loses its device; and the race page with and without one.
#include <QAbstractButton>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTableWidget>
#include <QTest>

#include "app/command_text.h"
#include "app/lenses/measure/measure_lens.h"
#include "app/lenses/measure/measure_strip.h"
#include "app/lenses/measure/race_page.h"
#include "app/main_window.h"
#include "app/window/device_menu.h"
#include "core/cpu/compute_team.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/roofline_instrument.h"
#include "widgets/theme/segmented_control.h"
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

void click(QWidget& window, const char* name) { QTest::mouseClick(child<QAbstractButton>(window, name), Qt::LeftButton); }

bool isGapless(const History& history) {
    for (std::size_t i = 0; i < history.steps.size(); ++i) {
        if (history.steps[i].step != static_cast<std::int64_t>(i) + 1) return false;
    }
    return true;
}

Device noGpu() {
    return {.id = "cuda", .name = "CUDA", .description = "NVIDIA GPU", .instructionSet = {}, .threads = 0,
            .problem = Error{ErrorCode::DeviceUnavailable, "this computer has no NVIDIA driver", {}, "if it has an NVIDIA GPU, install driver 525 or newer"}};
}

}  // namespace

class TestDeviceWindow : public QObject {
    Q_OBJECT

    TrainingSession& session() { return m_window->session(); }
    std::int64_t step() { return session().history().steps.empty() ? 0 : session().history().steps.back().step; }

    // As a person does: the menu opens, looks, and an entry is chosen.
    void chooseDevice(const QString& beginning) {
        auto* menu = child<DeviceMenu>(*m_window, "deviceMenu");
        menu->popup(m_window->mapToGlobal(QPoint(10, 10)));
        QAction* wanted = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(([&] {
            for (QAction* action : menu->actions()) {
                if (action->isCheckable() && action->text().startsWith(beginning)) wanted = action;
            }
            return wanted != nullptr;
        }()), kPatience);
        menu->setActiveAction(wanted);
        QTest::keyClick(menu, Qt::Key_Return);
        menu->hide();
    }

    QString buttonText() { return child<QPushButton>(*m_window, "deviceButton")->text(); }
    RacePage& racePage() {
        auto* strip = qobject_cast<MeasureStrip*>(dynamic_cast<MeasureLens&>(*m_window->lensNamed(QStringLiteral("measure"))).strip());
        return strip->race();
    }
    void openRacePage() {
        click(*m_window, "measureLens");
        auto* page = child<SegmentedControl>(*m_window, "measurePage");
        QTest::mouseClick(page->findChildren<QAbstractButton*>()[2], Qt::LeftButton);
        QTRY_VERIFY(racePage().isVisible());
    }

  private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        qputenv("CONVOLAB_GPU_MODULE", CONVOLAB_MODULES "/host_emulation.so");
        setComputeThreads(1);
        m_theme = std::make_unique<Theme>(ThemeMode::Dark);
        m_theme->applyTo(*qApp);
    }

    void init() {
        qunsetenv("CONVOLAB_EMULATED_STEPS");
        m_window = std::make_unique<MainWindow>(*m_theme);
        m_window->resize(1600, 1000);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }

    void cleanup() { m_window.reset(); }

    void movesInMidRun() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(step() >= 5, kPatience);
        const QString cpu = buttonText();
        chooseDevice(QStringLiteral("Host emulation"));
        QCOMPARE(buttonText(), QStringLiteral("Host emulation"));
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("emulated:0"), kPatience);
        const std::int64_t there = step();
        QTRY_VERIFY_WITH_TIMEOUT(step() >= there + 2, kPatience);
        QVERIFY(session().isRunning() && !session().structureChanged());
        QVERIFY(isGapless(session().history()));
        // Weights for the instruments come as before, and the curve is marked.
        const WeightSetPtr before = session().weights();
        session().requestWeights();
        QTRY_VERIFY_WITH_TIMEOUT(session().weights() != before, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(session().history().moves.size(), std::size_t{1}, kPatience);
        QCOMPARE(session().history().moves[0].from, std::string("cpu"));
        QCOMPARE(session().history().moves[0].to, std::string("emulated:0"));
        const auto curves = [&] {
            for (InstrumentView* view : m_window->findChildren<InstrumentView*>()) {
                if (auto* instrument = dynamic_cast<CurvesInstrument*>(view->instrument()); instrument != nullptr && instrument->largePlots().size() == 2 && instrument->largePlots()[0].title == "Loss") return instrument;
            }
            return static_cast<CurvesInstrument*>(nullptr);
        };
        QTRY_VERIFY_WITH_TIMEOUT(curves() != nullptr && curves()->largePlots()[0].events.size() == 1, kPatience);
        QCOMPARE(curves()->largePlots()[0].events[0].label, std::string("CPU → host emulation"));

        chooseDevice(QString::fromStdString(devices().front().description));
        QCOMPARE(buttonText(), cpu);
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("cpu"), kPatience);
        const std::int64_t back = step();
        QTRY_VERIFY_WITH_TIMEOUT(step() >= back + 5, kPatience);
        session().settle();
        QVERIFY(isGapless(session().history()));

        // The document keeps both; read again, the curve is marked as before, and going on elsewhere is one more.
        const std::vector<DeviceMove> moves = session().history().moves;
        QCOMPARE(moves.size(), std::size_t{2});
        const QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("moved.convolab"));
        QVERIFY(m_window->document().saveAs(file).ok());
        m_window->openPreset("lenet-like");
        QVERIFY(session().history().moves.empty());
        m_window->openFile(file);
        QCOMPARE(session().history().moves, moves);
        QTRY_VERIFY_WITH_TIMEOUT(curves() != nullptr && curves()->largePlots()[0].events.size() == 2, kPatience);
        QCOMPARE(curves()->largePlots()[0].events[1].label, std::string("host emulation → CPU"));
        chooseDevice(QStringLiteral("Host emulation"));
        session().play();
        QTRY_COMPARE_WITH_TIMEOUT(session().history().moves.size(), std::size_t{3}, kPatience);
        QCOMPARE(session().history().moves[2].from, std::string("cpu"));
        QCOMPARE(session().history().moves[2].to, std::string("emulated:0"));
        QTRY_VERIFY_WITH_TIMEOUT(step() > session().history().moves[2].step, kPatience);
        session().settle();
        QVERIFY(m_window->document().file()->flush().ok());
        const auto runs = m_window->document().file()->readRuns();
        QCOMPARE(m_window->document().file()->readHistory(runs->back().id)->moves, session().history().moves);
    }

    // From the menu, while it trains: the curve goes on, the button and the command say it, the document keeps it.
    void changesItsPrecisionInMidRun() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(step() >= 3, kPatience);
        const QString cpu = buttonText();
        chooseDevice(QStringLiteral("Host emulation"));
        QTRY_COMPARE_WITH_TIMEOUT(session().history().moves.size(), std::size_t{1}, kPatience);
        chooseDevice(QStringLiteral("bf16"));
        QCOMPARE(buttonText(), QStringLiteral("Host emulation · bf16"));
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("emulated:0 bf16"), kPatience);
        const std::int64_t there = step();
        QTRY_VERIFY_WITH_TIMEOUT(step() >= there + 2, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(session().history().moves.size(), std::size_t{2}, kPatience);
        QCOMPARE(session().history().moves[1].to, std::string("emulated:0 bf16"));
        QVERIFY(trainCommand(m_window->document(), session().device()).endsWith(QStringLiteral(" --device emulated:0 --precision bf16")));
        chooseDevice(QString::fromStdString(devices().front().description));
        QCOMPARE(buttonText(), cpu);  // float32, whatever the GPU would do
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("cpu"), kPatience);
        QVERIFY(!trainCommand(m_window->document(), session().device()).contains(QStringLiteral("--precision")));
        chooseDevice(QStringLiteral("Host emulation"));
        QCOMPARE(buttonText(), QStringLiteral("Host emulation · bf16"));
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("emulated:0 bf16"), kPatience);
        session().settle();
        QVERIFY(isGapless(session().history()));
        QCOMPARE(m_window->document().file()->readSetting("precision").value().value_or(""), std::string("bf16"));
        chooseDevice(QStringLiteral("float32"));
        QCOMPARE(buttonText(), QStringLiteral("Host emulation"));
    }

    void noRoomThere() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(step() >= 3, kPatience);
        Recipe recipe = m_window->document().recipe();
        auto* banner = child<QWidget>(*m_window, "structureBanner");
        // A device whose module answers that there is no memory.
        Device full{.id = "cuda:9", .name = "CUDA · Full", .description = "Full", .instructionSet = "9.0", .threads = 1, .ordinal = 9};
        qputenv("CONVOLAB_EMULATED_BYTES", "4000");
        session().setDevice(full);
        QTRY_VERIFY_WITH_TIMEOUT(session().moveProblem().has_value(), kPatience);
        qunsetenv("CONVOLAB_EMULATED_BYTES");
        QVERIFY(banner->isVisible());
        const QString said = child<QLabel>(*banner, "bannerText")->text();
        QVERIFY2(said.startsWith("Training stays on CPU") && said.contains("are free"), qPrintable(said));
        QCOMPARE(session().device().id, std::string("cpu"));
        QVERIFY(buttonText().startsWith("CPU"));
        const std::int64_t then = step();
        QTRY_VERIFY_WITH_TIMEOUT(step() > then + 2, kPatience);  // it has gone on
        click(*banner, "closeBannerButton");
        QVERIFY(!banner->isVisible());
        QCOMPARE(m_window->document().recipe(), recipe);
    }

    void lostInMidRun() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(session().status().state, TrainerState::Paused, kPatience);
        chooseDevice(QStringLiteral("Host emulation"));
        QTRY_COMPARE_WITH_TIMEOUT(session().status().device, std::string("emulated:0"), kPatience);
        qputenv("CONVOLAB_EMULATED_STEPS", "0");
        session().play();
        QTRY_COMPARE_WITH_TIMEOUT(session().status().state, TrainerState::Failed, kPatience);
        qunsetenv("CONVOLAB_EMULATED_STEPS");
        auto* banner = child<QWidget>(*m_window, "structureBanner");
        QTRY_VERIFY(banner->isVisible());
        const QString said = child<QLabel>(*banner, "bannerText")->text();
        QVERIFY2(said.contains("the emulation was told to fail") && said.contains("are kept"), qPrintable(said));
        QVERIFY(session().weights() != nullptr);
        click(*banner, "resumeButton");
        QTRY_VERIFY_WITH_TIMEOUT(session().isRunning() && step() >= 5, kPatience);
        QVERIFY(!banner->isVisible());
        QCOMPARE(session().device().id, std::string("cpu"));
        session().settle();
        QVERIFY(isGapless(session().history()));
    }

    void theRaceWithoutAGpu() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(session().status().state, TrainerState::Paused, kPatience);
        racePage().setFinder([] { return std::vector<Device>{noGpu()}; });
        racePage().setSweepOptions({.widths = {8, 32}, .batches = {1, 4}, .batch = 4, .width = 8, .seconds = 0.0});
        openRacePage();
        auto* device = child<QLabel>(*m_window, "raceDevice");
        QTRY_VERIFY_WITH_TIMEOUT(device->text().contains("this computer has no NVIDIA driver: if it has an NVIDIA GPU, install driver 525"), kPatience);
        auto* run = child<QPushButton>(*m_window, "runRace");
        QCOMPARE(run->text(), QStringLiteral("Run on the CPU alone"));
        QTest::mouseClick(child<SegmentedControl>(*m_window, "raceView")->findChildren<QAbstractButton*>()[1], Qt::LeftButton);
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(racePage().sweep(false).has_value(), kPatience);
        QCOMPARE(child<QTableWidget>(*m_window, "raceTable")->rowCount(), 2);
        QCOMPARE(racePage().sweep(false)->lanes.size(), std::size_t{1});
    }

    void theRace() {
        m_window->startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(step() >= 1, kPatience);
        openRacePage();
        auto* run = child<QPushButton>(*m_window, "runRace");
        auto* device = child<QLabel>(*m_window, "raceDevice");
        QTRY_VERIFY_WITH_TIMEOUT(device->text().contains("against Host emulation (no GPU)"), kPatience);
        QVERIFY(!run->isEnabled() && run->toolTip().contains("pause it first"));
        session().pause();
        QTRY_VERIFY_WITH_TIMEOUT(run->isEnabled(), kPatience);
        racePage().setSteps(6);
        QTest::mouseClick(run, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(racePage().race().has_value(), kPatience);
        const Race& race = *racePage().race();
        QCOMPARE(race.lanes.size(), std::size_t{2});
        QCOMPARE(race.lanes[1].steps.size(), std::size_t{6});
        QVERIFY(race.largestDifference() < 1e-2);
        QVERIFY(race.lanes[1].step.copies > 0.0 && race.lanes[1].step.started > 10 && race.lanes[1].step.layers.size() >= 4);
        QVERIFY(child<QLabel>(*m_window, "raceWords")->text().startsWith("Host emulation: this processor stood in for a GPU"));
        auto* table = child<QTableWidget>(*m_window, "raceTable");
        QCOMPARE(table->columnCount(), 3);
        QCOMPARE(table->horizontalHeaderItem(2)->text(), QStringLiteral("Host emulation"));
        QTRY_COMPARE_WITH_TIMEOUT(table->horizontalScrollBar()->maximum(), 0, kPatience);  // every column is seen
        bool copies = false;
        for (int i = 0; i < table->rowCount(); ++i) copies = copies || (table->item(i, 0)->text() == "Copies" && table->item(i, 2)->text() != QStringLiteral("–"));
        QVERIFY(copies);
        auto* view = child<InstrumentView>(*m_window, "racePlot");
        QCOMPARE(dynamic_cast<CurvesInstrument*>(view->instrument())->largePlots().size(), std::size_t{2});

        // The same race under the roofs: a stand-in has none, the processor's are measured.
        QTest::mouseClick(child<SegmentedControl>(*m_window, "raceView")->findChildren<QAbstractButton*>()[3], Qt::LeftButton);
        auto* roofline = child<InstrumentView>(*m_window, "raceRoofline");
        QTRY_VERIFY_WITH_TIMEOUT(roofline->isVisible() && !view->isVisible(), kPatience);
        const RooflinePicture& picture = dynamic_cast<RooflineInstrument*>(roofline->instrument())->picture();
        QCOMPARE(picture.roofs.size(), std::size_t{1});
        QVERIFY(race.lanes[0].peak.flops > 1e9 && race.lanes[1].peak == DevicePeak{});
        QVERIFY(picture.layers.size() >= 3 && picture.layers[0].first && picture.layers[0].second);
        QCOMPARE(picture.layers[0].first->flopPerByte, picture.layers[0].second->flopPerByte);
        QCOMPARE(table->columnCount(), 7);
        QTRY_COMPARE_WITH_TIMEOUT(table->horizontalScrollBar()->maximum(), 0, kPatience);
        QVERIFY(table->item(1, 1)->text().endsWith("FLOP/s") && table->item(1, 1)->toolTip().contains("backward"));
        QVERIFY(child<QLabel>(*m_window, "raceWords")->text().contains("that CPU"));
    }

  private:
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(TestDeviceWindow)
#include "tst_device_window.moc"
