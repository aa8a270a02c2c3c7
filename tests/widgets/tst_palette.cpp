// The palette shows what the registry has, finds by typing, and adds by keyboard.
#include "tests/widgets/canvas_bench.h"

#include "widgets/palette/palette_panel.h"

#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>

using namespace convolab;

class TestPalette : public QObject {
    Q_OBJECT

    Theme m_theme;

private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void everyKindHasAButton() {
        PalettePanel palette(m_theme);
        palette.show();
        QCOMPARE(palette.visibleButtons().size(), layerKinds().size() + kindPresets().size() + blockKinds().size());
        for (const LayerKind* kind : layerKinds()) {
            PaletteButton* button = palette.button(kind->id);
            QVERIFY(button);
            QVERIFY(!button->accessibleName().isEmpty());
            QVERIFY(!button->toolTip().isEmpty());
        }
    }

    void searchFinds() {
        PalettePanel palette(m_theme);
        palette.show();
        auto* search = palette.findChild<QLineEdit*>("paletteSearch");
        QTest::keyClicks(search, "pool");
        QCOMPARE(palette.visibleButtons().size(), std::size_t(6));
        QSignalSpy added(&palette, &PalettePanel::addRequested);
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(added.size(), 1);
        QCOMPARE(added[0][0].toString(), "max_pool");
        search->setText("residual");
        QVERIFY(palette.button("basic_residual")->isVisible());
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(added[1][0].toString(), "basic_residual");
        search->setText("nothing like this");
        QVERIFY(palette.visibleButtons().empty());
        QVERIFY(palette.findChild<QLabel*>("noMatch")->isVisible());
        QTest::keyClick(search, Qt::Key_Escape);
        QCOMPARE(palette.visibleButtons().size(), layerKinds().size() + kindPresets().size() + blockKinds().size());
    }

    void keysWork() {
        PalettePanel palette(m_theme);
        palette.resize(208, 700);
        palette.show();
        palette.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&palette));
        PaletteButton* relu = palette.button("relu");
        relu->setFocus();
        QTest::keyClick(relu, Qt::Key_Right);
        QVERIFY(palette.button("leaky_relu")->hasFocus());
        QTest::keyClick(palette.button("leaky_relu"), Qt::Key_Down);
        QVERIFY(palette.button("relu6")->hasFocus());
        QSignalSpy added(&palette, &PalettePanel::addRequested);
        QTest::keyClick(palette.button("relu6"), Qt::Key_Return);
        QCOMPARE(added.size(), 1);
        QCOMPARE(added[0][0].toString(), "relu6");
        QTest::keyClick(palette.button("relu6"), Qt::Key_Slash);
        QVERIFY(palette.findChild<QLineEdit*>("paletteSearch")->hasFocus());
    }

    void nothingIsClipped() {
        PalettePanel palette(m_theme);
        palette.resize(208, 900);
        palette.show();
        QCOMPARE(palette.width(), 208);
        for (PaletteButton* button : palette.visibleButtons())
            QVERIFY2(button->fontMetrics().horizontalAdvance(button->text()) <= button->width() - 13, qPrintable(button->text()));
    }

    void enterAddsToTheCanvas() {
        CanvasBench bench(smallChain());
        PalettePanel palette(bench.theme);
        connect(&palette, &PalettePanel::addRequested, &bench.canvas, [&](const QString& kind) { bench.canvas.addLayer(kind.toStdString()); });
        QTest::keyClick(palette.button("dense"), Qt::Key_Return);  // nothing selected: at the end, before softmax and output
        QVERIFY(bench.chain("Input").endsWith("Dense > Dense 1 > Softmax > Output"));
        bench.canvas.selection().only(bench.id("Conv"));
        QTest::keyClick(palette.button("batch_norm"), Qt::Key_Return);
        QVERIFY(bench.chain("Input").startsWith("Input > Conv > Batch"));
        // The depthwise preset is a convolution with as many groups as maps arrive.
        const Node& conv = *bench.spec().node(bench.id("Conv"));
        bench.canvas.selection().only(conv.id);
        const auto filters = completeAttributes(findLayerKind("conv2d")->attributes, conv.attributes).value().integer("filters");
        QTest::keyClick(palette.button("depthwise_conv"), Qt::Key_Return);
        const Node& added = *bench.spec().node(bench.canvas.selection().current());
        QCOMPARE(added.kind, std::string("conv2d"));
        QCOMPARE(added.attributes.integer("groups"), filters);
        QCOMPARE(added.attributes.integer("filters"), filters);
        QVERIFY(!analyze(bench.spec()).hasErrors());
    }
};

QTEST_MAIN(TestPalette)
#include "tst_palette.moc"
