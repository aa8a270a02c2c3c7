// Ink, eraser, undo and clear, by mouse and by keys alone.
#include <QAccessible>
#include <QSignalSpy>
#include <QTest>

#include "widgets/pad/drawing_pad.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

int inkAt(const DrawingPad& pad, double x, double y) {
    return qGray(pad.drawing().pixel(static_cast<int>(x * (DrawingPad::kSide - 1)), static_cast<int>(y * (DrawingPad::kSide - 1))));
}

QPoint at(const DrawingPad& pad, double x, double y) {
    const QRectF field = pad.field();
    return QPointF(field.left() + x * field.width(), field.top() + y * field.height()).toPoint();
}

void drag(DrawingPad& pad, QPoint from, QPoint to) {
    QTest::mousePress(&pad, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 4; ++i) QTest::mouseMove(&pad, from + (to - from) * i / 4);
    QTest::mouseRelease(&pad, Qt::LeftButton, {}, to);
}

}  // namespace

class TestDrawingPad : public QObject {
    Q_OBJECT

    Theme m_theme;
    std::unique_ptr<DrawingPad> m_pad;

  private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void init() {
        m_pad = std::make_unique<DrawingPad>(m_theme);
        m_pad->resize(240, 200);
        m_pad->show();
        m_pad->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_pad.get()));
    }

    void theFieldIsASquareInTheMiddle() {
        QCOMPARE(m_pad->field().width(), m_pad->field().height());
        QCOMPARE(m_pad->field().center(), QPointF(120, 100));
        QVERIFY(m_pad->isBlank());
    }

    void mouseDrawsAlongItsWay() {
        QSignalSpy strokes(m_pad.get(), &DrawingPad::strokeChanged);
        drag(*m_pad, at(*m_pad, 0.2, 0.5), at(*m_pad, 0.8, 0.5));
        QCOMPARE(strokes.size(), 5);  // at the press and at each move: the answer follows the hand
        for (const double x : {0.2, 0.35, 0.5, 0.65, 0.8}) QVERIFY2(inkAt(*m_pad, x, 0.5) > 250, qPrintable(QString::number(x)));
        QCOMPARE(inkAt(*m_pad, 0.5, 0.3), 0);
        QVERIFY(m_pad->canUndo());
    }

    void penWidthIsAShareOfThePad() {
        m_pad->setPenWidth(0.1);
        drag(*m_pad, at(*m_pad, 0.2, 0.5), at(*m_pad, 0.8, 0.5));
        QVERIFY(inkAt(*m_pad, 0.5, 0.54) > 250 && inkAt(*m_pad, 0.5, 0.46) > 250);
        QCOMPARE(inkAt(*m_pad, 0.5, 0.57), 0);
        m_pad->setPenWidth(9);
        QCOMPARE(m_pad->penWidth(), DrawingPad::kThickest);
    }

    void eraserTakesInkAway() {
        drag(*m_pad, at(*m_pad, 0.2, 0.5), at(*m_pad, 0.8, 0.5));
        m_pad->setTool(DrawingPad::Tool::Eraser);
        m_pad->setPenWidth(0.16);
        QTest::mouseClick(m_pad.get(), Qt::LeftButton, {}, at(*m_pad, 0.5, 0.5));
        QCOMPARE(inkAt(*m_pad, 0.5, 0.5), 0);
        QVERIFY(inkAt(*m_pad, 0.25, 0.5) > 250);
    }

    void undoTakesBackStrokes() {
        drag(*m_pad, at(*m_pad, 0.2, 0.2), at(*m_pad, 0.8, 0.2));
        drag(*m_pad, at(*m_pad, 0.2, 0.8), at(*m_pad, 0.8, 0.8));
        m_pad->clear();
        QVERIFY(m_pad->isBlank());
        m_pad->undo();
        QVERIFY(inkAt(*m_pad, 0.5, 0.2) > 250 && inkAt(*m_pad, 0.5, 0.8) > 250);
        QTest::keyClick(m_pad.get(), Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(inkAt(*m_pad, 0.5, 0.2) > 250 && inkAt(*m_pad, 0.5, 0.8) == 0);
        m_pad->undo();
        QVERIFY(m_pad->isBlank());
        QVERIFY(!m_pad->canUndo());
    }

    void keysAloneSuffice() {
        m_pad->setFocus();
        for (int i = 0; i < 7; ++i) QTest::keyClick(m_pad.get(), Qt::Key_Left);  // from the middle: 0.5 → 0.25
        QTest::keyClick(m_pad.get(), Qt::Key_Space);
        for (int i = 0; i < 14; ++i) QTest::keyClick(m_pad.get(), Qt::Key_Right);
        QTest::keyClick(m_pad.get(), Qt::Key_Space);
        for (int i = 0; i < 4; ++i) QTest::keyClick(m_pad.get(), Qt::Key_Down);  // the pen is lifted
        for (const double x : {0.25, 0.5, 0.75}) QVERIFY(inkAt(*m_pad, x, 0.5) > 250);
        QCOMPARE(inkAt(*m_pad, 0.75, 0.64), 0);
        QTest::keyClick(m_pad.get(), Qt::Key_E);
        QCOMPARE(m_pad->tool(), DrawingPad::Tool::Eraser);
        QTest::keyClick(m_pad.get(), Qt::Key_Delete);
        QVERIFY(m_pad->isBlank());
    }

    void screenReadersAreTold() {
        QAccessibleInterface* readable = QAccessible::queryAccessibleInterface(m_pad.get());
        QCOMPARE(readable->text(QAccessible::Name), QStringLiteral("Drawing pad"));
        QVERIFY(readable->text(QAccessible::Description).contains(QStringLiteral("blank")));
        QTest::keyClick(m_pad.get(), Qt::Key_Space);
        QVERIFY(readable->text(QAccessible::Description).contains(QStringLiteral("drawn on, pen")));
        QVERIFY(readable->text(QAccessible::Description).endsWith(QStringLiteral("down")));
    }

    void theBorderTellsTheSource() {
        const auto border = [this] {
            const QImage picture = m_pad->grab().toImage();
            return picture.pixelColor(static_cast<int>(m_pad->field().left()), 100);
        };
        m_pad->clearFocus();
        const QColor accent = toQColor(m_theme.current().accent);
        const QColor resting = border();
        QVERIFY2(resting != accent, qPrintable(resting.name()));
        m_pad->setLive(true);
        const QColor live = border();
        QVERIFY2(std::abs(live.green() - accent.green()) < 12 && std::abs(live.red() - accent.red()) < 12, qPrintable(live.name()));
    }
};

QTEST_MAIN(TestDrawingPad)
#include "tst_drawing_pad.moc"
