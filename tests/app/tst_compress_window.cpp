// The compress lens in a real window with the real mouse: a trained LeNet, the threshold dragged, accuracy that answers,
// fine-tuning, to dense, undo.
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStandardPaths>

#include "app/lenses/compress/compress_lens.h"
#include "app/main_window.h"
#include "core/cpu/compute_team.h"
#include "tests/app/real_pointer.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/scatter_instrument.h"
#include "widgets/theme/theme.h"
#include "widgets/weights/weight_histogram_view.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr int kPatience = 120000;

template <class Widget>
Widget& child(MainWindow& window, const char* name) {
    auto* found = window.findChild<Widget*>(QLatin1String(name));
    if (found == nullptr) qFatal("no widget %s", name);
    return *found;
}

/// Scrolls the right panel until the widget can be clicked.
void reveal(QWidget& widget) {
    for (QWidget* parent = widget.parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
        if (auto* area = qobject_cast<QScrollArea*>(parent)) area->ensureWidgetVisible(&widget);
    }
    QTest::qWait(50);
}

}  // namespace

class TestCompressWindow : public QObject {
    Q_OBJECT

  private slots:
    void pruneTuneThinUndo() {
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
        QTRY_VERIFY_WITH_TIMEOUT(window.session().history().steps.size() >= 300, kPatience);
        window.session().pause();
        QTRY_COMPARE_WITH_TIMEOUT(window.session().status().state, TrainerState::Paused, kPatience);

        clickOn(child<QPushButton>(window, "compressLens"));
        QTRY_COMPARE(window.lens(), QStringLiteral("compress"));
        CompressSession& compress = dynamic_cast<CompressLens*>(window.lensNamed(QStringLiteral("compress")))->compress();
        const auto settled = [&] { return compress.laid() && !compress.laidWaits() && compress.accuracy() && !compress.accuracyWaits(); };
        QTRY_VERIFY_WITH_TIMEOUT(settled(), kPatience);
        const double original = compress.accuracy()->share();
        const NodeId dense = window.document().network().spec().nodeByName("Dense 1")->id;

        // The right line of the histogram, from 0 outwards.
        auto& histogram = child<WeightHistogramView>(window, "weightHistogram");
        QTRY_VERIFY_WITH_TIMEOUT(histogram.histogram().total() > 0, kPatience);
        const int y = histogram.height() / 2;
        const auto at = [&](double value) { return histogram.mapToGlobal(QPoint(static_cast<int>(histogram.xOf(value)), y)); };
        dragPointer(at(0.0), at(0.45 * histogram.histogram().limit));
        QTRY_VERIFY_WITH_TIMEOUT(settled(), kPatience);
        const double sparsity = compress.plan().of(dense).sparsity;
        QVERIFY2(sparsity > 0.5, qPrintable(QString::number(sparsity)));
        const double cut = compress.accuracy()->share();
        QVERIFY(cut <= original + 0.01);
        QVERIFY(child<QLabel>(window, "compressSizeNote").text().contains(QStringLiteral("smaller")));
        qInfo("threshold to accuracy: %.0f ms; %.1f %% pruned, %.2f %% -> %.2f %%", compress.latencyMilliseconds(), 100 * sparsity, 100 * original, 100 * cut);

        auto& tune = child<QPushButton>(window, "fineTuneButton");
        reveal(tune);
        clickOn(tune);
        QTRY_VERIFY_WITH_TIMEOUT(compress.overlay().tuned != nullptr, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(settled(), kPatience);
        QVERIFY(child<QLabel>(window, "afterBadge").isVisible());
        const auto& scatter = dynamic_cast<const ScatterInstrument&>(*child<InstrumentView>(window, "tradeOffPlot").instrument());
        QTRY_COMPARE(scatter.plot().series[1].x.size(), std::size_t{1});
        qInfo("fine-tuned: %.2f %%", 100 * compress.accuracy()->share());

        // Filters of the second convolution go for good.
        window.canvas().selection().only(window.document().network().spec().nodeByName("Conv 2")->id);
        auto& groups = child<QWidget>(window, "granularityControl");
        reveal(groups);
        clickOn(*groups.findChildren<QAbstractButton*>().at(2));
        auto& field = child<QLineEdit>(window, "sparsityField");
        reveal(field);
        clickOn(field);
        xdotool({QStringLiteral("key"), QStringLiteral("ctrl+a")});
        xdotool({QStringLiteral("type"), QStringLiteral("50")});
        xdotool({QStringLiteral("key"), QStringLiteral("Return")});
        QTRY_VERIFY_WITH_TIMEOUT(settled() && compress.plan().of(compress.network()->nodeByName("Conv 2")->id).sparsity == 0.5, kPatience);
        const NetworkSpec before = window.document().network().spec();
        auto& toDense = child<QPushButton>(window, "toDenseButton");
        reveal(toDense);
        clickOn(toDense);
        auto& take = child<QPushButton>(window, "takeDenseButton");
        QTRY_VERIFY_WITH_TIMEOUT(take.isVisible(), kPatience);
        QTest::qWait(100);
        reveal(take);
        clickOn(take);
        QTRY_VERIFY(!(window.document().network().spec() == before));
        QTRY_VERIFY_WITH_TIMEOUT(settled(), kPatience);
        const auto macs = compress.laid()->figures.macs;
        clickOn(*window.findChild<QWidget*>(QStringLiteral("undoButton")));
        QTRY_VERIFY(window.document().network().spec() == before);
        QTRY_VERIFY_WITH_TIMEOUT(settled() && compress.laid()->figures.macs > macs, kPatience);
        window.close();
    }
};

QTEST_MAIN(TestCompressWindow)
#include "tst_compress_window.moc"
