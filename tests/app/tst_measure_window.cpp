// The measure lens in a real window with the real mouse: LeNet learns digits, is measured, coloured by energy, its heaviest
// layer chosen in the table, the weights moved from DRAM to where they fit, and a measurement cancelled.
#include <QComboBox>
#include <QPushButton>
#include <QStandardPaths>

#include "app/lenses/measure/laser_view.h"
#include "app/lenses/measure/layer_table.h"
#include "app/lenses/measure/measure_lens.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "tests/app/real_pointer.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 60000;

void clickSegment(MainWindow& window, const char* name, int index) {
    clickOn(*window.findChild<SegmentedControl*>(QLatin1String(name))->findChildren<QAbstractButton*>()[index]);
}

}  // namespace

class TestMeasureWindow : public QObject {
    Q_OBJECT

  private slots:
    void measureLookCancel() {
        if (QGuiApplication::platformName() == QLatin1String("offscreen")) QSKIP("the real mouse needs a display; run under Xvfb");
        CONVOLAB_NEEDS_DISPLAY();
        QStandardPaths::setTestModeEnabled(true);
        setComputeThreads(0);
        Theme theme(ThemeMode::Dark);
        theme.applyTo(*qApp);
        MainWindow window(theme);
        window.resize(1600, 1000);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.move(0, 0);
        window.startLenetOnDigits(QStringLiteral("train"));
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 200, kPatience);
        window.session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(window.session().status().state, TrainerState::Paused, kPatience);

        clickOn(*window.findChild<QPushButton*>(QStringLiteral("measureLens")));
        QTRY_COMPARE(window.lens(), QStringLiteral("measure"));
        auto& session = dynamic_cast<MeasureLens&>(*window.lensNamed(QStringLiteral("measure"))).session();
        auto* measure = window.findChild<QPushButton*>(QStringLiteral("measureNowButton"));
        clickOn(*measure);
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Done, kPatience);
        const auto& rows = window.findChild<LaserView*>(QStringLiteral("laserView"))->rows();
        QCOMPARE(rows.size(), std::size_t{5});

        // Coloured by energy, Dense 1 is the brightest card: most of the weights are there.
        clickSegment(window, "heatChoice", 1);
        QTRY_COMPARE(session.metric(), QStringLiteral("energy"));
        const NetworkSpec& spec = window.document().network().spec();
        const NodeId dense = spec.nodeByName("Dense 1")->id;
        const QImage shown = window.canvas().viewport()->grab().toImage();
        QVERIFY2(!boundsOf(shown, sequentialColor(1.0), shown.rect()).isEmpty(), "no card has the hottest colour");

        auto* table = window.findChild<LayerTable*>(QStringLiteral("layerTable"));
        for (int i = 0; i < table->model()->rowCount(); ++i) {
            const QModelIndex index = table->model()->index(i, 0);
            if (index.data().toString() != QStringLiteral("Dense 1")) continue;
            clickAt(table->viewport()->mapToGlobal(table->visualRect(index).center()));
        }
        QTRY_VERIFY(window.canvas().selection().contains(dense));

        const QString dram = rows[3].value;
        auto* home = window.findChild<QComboBox*>(QStringLiteral("weightHome"));
        clickOn(*home);
        QTest::qWait(300);
        xdotool({QStringLiteral("key"), QStringLiteral("End"), QStringLiteral("Return")});
        QTRY_VERIFY(session.energy().home == WeightHome::BySize);
        QVERIFY(rows[3].value != dram);
        clickSegment(window, "energyBatch", 2);
        QTRY_COMPARE(session.energy().batch, std::int64_t{64});

        // Again, and cancelled: what was known stays.
        const auto before = session.card();
        clickOn(*measure);
        auto* cancel = window.findChild<QWidget*>(QStringLiteral("measureJob"))->findChild<QPushButton*>(QStringLiteral("jobCancel"));
        QTRY_VERIFY_WITH_TIMEOUT(cancel->isVisible(), kPatience);
        clickOn(*cancel);
        QTRY_COMPARE_WITH_TIMEOUT(session.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QCOMPARE(session.card(), before);
        window.close();
    }
};

QTEST_MAIN(TestMeasureWindow)
#include "tst_measure_window.moc"
