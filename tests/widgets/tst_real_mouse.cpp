// A layer dragged from the palette to the canvas with the real mouse and a real QDrag. Needs an X display: Qt's offscreen
// platform never delivers the drop.
#include "tests/widgets/canvas_bench.h"

#include "widgets/palette/palette_panel.h"

#include <QDrag>
#include <QHBoxLayout>
#include <QTimer>
#include <QWindow>

using namespace convolab;

class TestRealMouse : public QObject {
    Q_OBJECT

private slots:
    void dragFromThePaletteToAnEdge() {
        if (QGuiApplication::platformName() == QLatin1String("offscreen")) QSKIP("a real drag needs a display; run under Xvfb");
        CanvasBench bench(smallChain());
        PalettePanel palette(bench.theme);
        QWidget window;
        auto* layout = new QHBoxLayout(&window);
        layout->addWidget(&palette);
        layout->addWidget(&bench.canvas, 1);
        window.resize(1300, 700);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.activateWindow();
        bench.canvas.fit(false);

        PaletteButton* button = palette.button("conv2d");
        const QPoint from = button->mapTo(&window, button->rect().center());
        const QPoint to = bench.canvas.viewport()->mapTo(&window, bench.middleOf("ReLU", "Pool"));
        QWindow* surface = window.windowHandle();
        int move = 0;
        QTimer hand;  // fires inside the drag's own event loop
        connect(&hand, &QTimer::timeout, this, [&] {
            ++move;
            if (move <= 12)
                QTest::mouseMove(surface, from + (to - from) * std::min(move, 10) / 10);
            else
                QTest::mouseRelease(surface, Qt::LeftButton, {}, to);
            if (move > 12) hand.stop();
        });
        QTimer watchdog;
        watchdog.setSingleShot(true);
        connect(&watchdog, &QTimer::timeout, this, [] { QDrag::cancel(); });
        watchdog.start(8000);
        hand.start(20);
        QTest::mousePress(surface, Qt::LeftButton, {}, from);
        QTest::mouseMove(surface, from + QPoint(6, 2));
        QTest::mouseMove(surface, from + QPoint(16, 6));
        QTRY_VERIFY(!hand.isActive());
        QTRY_COMPARE(bench.chain("Input"), "Input > Conv > ReLU > Conv 1 > Pool > Flatten > Dense > Softmax > Output");
        bench.canvas.setParent(nullptr);
        palette.setParent(nullptr);
    }
};

QTEST_MAIN(TestRealMouse)
#include "tst_real_mouse.moc"
