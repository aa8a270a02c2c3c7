// Tensors as pictures, thumbnails to choose from, and bars for the classes.
#include <QAccessible>
#include <QPainter>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include "widgets/pictures/picture_grid.h"
#include "widgets/pictures/pixel_picture.h"
#include "widgets/pictures/prediction_bars.h"
#include "widgets/theme/theme.h"

using namespace convolab;

namespace {

QString described(QWidget& widget) { return QAccessible::queryAccessibleInterface(&widget)->text(QAccessible::Description); }

bool near(const QColor& a, ThemeColor b, int tolerance = 6) {
    return std::abs(a.red() - b.red) <= tolerance && std::abs(a.green() - b.green) <= tolerance && std::abs(a.blue() - b.blue) <= tolerance;
}

/// Pictures of one grey each: i counts up to white.
Thumbnail plain(qint64 index) {
    QImage picture(2, 2, QImage::Format_RGB32);
    picture.fill(qRgb(static_cast<int>(index % 256), 0, 0));
    return {.picture = picture, .caption = QString::number(index), .wrong = index == 3, .accessible = QStringLiteral("picture %1").arg(index)};
}

}  // namespace

class TestPictures : public QObject {
    Q_OBJECT

    Theme m_theme;

  private slots:
    void initTestCase() { m_theme.applyTo(*qApp); }

    void greyAndColour() {
        const std::vector<float> grey{0.0F, 0.2F, 1.0F, 2.0F};
        const QImage one = pixelPicture({grey.data(), Shape{1, 2, 2}});
        QCOMPARE(one.size(), QSize(2, 2));
        QCOMPARE(one.pixel(1, 0), qRgb(51, 51, 51));
        QCOMPARE(one.pixel(1, 1), qRgb(255, 255, 255));  // clamped
        const std::vector<float> planes{1.0F, 0.0F, 0.2F, 0.4F, 0.0F, 1.0F};
        const QImage colour = pixelPicture({planes.data(), Shape{3, 1, 2}});
        QCOMPARE(colour.pixel(0, 0), qRgb(255, 51, 0));
        QCOMPARE(colour.pixel(1, 0), qRgb(0, 102, 255));
        QCOMPARE(pixelPicture({grey.data(), Shape{4}}).size(), QSize(2, 2));
        QCOMPARE(pixelPicture({planes.data(), Shape{6}}).size(), QSize(6, 1));
    }

    void maps() {
        const std::vector<float> values{-2.0F, 0.0F, 2.0F, 4.0F};
        const QImage heat = sequentialPicture(values, 4, 1, -2.0, 4.0);
        QVERIFY(near(heat.pixelColor(0, 0), sequentialColor(0), 0));
        QVERIFY(near(heat.pixelColor(3, 0), sequentialColor(1), 0));
        const QImage signedMap = divergingPicture(values, 2, 2, 4.0);
        QVERIFY(near(signedMap.pixelColor(1, 0), divergingColor(0), 0));
        QVERIFY(near(signedMap.pixelColor(0, 0), divergingColor(-0.5), 0));
    }

    void pixelsStaySharp() {
        QImage picture(2, 1, QImage::Format_RGB32);
        picture.setPixel(0, 0, qRgb(0, 0, 0));
        picture.setPixel(1, 0, qRgb(255, 255, 255));
        QImage canvas(100, 80, QImage::Format_RGB32);
        canvas.fill(Qt::red);
        QPainter painter(&canvas);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        QCOMPARE(drawPixels(painter, picture, QRectF(0, 0, 100, 80)), QRectF(0, 15, 100, 50));
        painter.end();
        QCOMPARE(canvas.pixel(49, 40), qRgb(0, 0, 0));
        QCOMPARE(canvas.pixel(50, 40), qRgb(255, 255, 255));
        QCOMPARE(canvas.pixel(50, 5), qRgb(255, 0, 0));
    }

    void gridMakesOnlyWhatIsSeen() {
        PictureGrid grid(m_theme);
        int made = 0;
        grid.setPictures(60000, [&made](qint64 index) {
            ++made;
            return plain(index);
        });
        grid.resize(400, 130);
        grid.show();
        QVERIFY(QTest::qWaitForWindowExposed(&grid));
        grid.grab();
        QVERIFY2(made > 0 && made < 40, qPrintable(QString::number(made)));
        QCOMPARE(grid.verticalScrollBar()->maximum(), (60000 + grid.columns() - 1) / grid.columns() - 2);
        const QImage seen = grid.viewport()->grab().toImage();
        for (const qint64 index : {0, 1, 9}) {
            QCOMPARE(seen.pixelColor(grid.cellRect(index).center()).red(), static_cast<int>(index));
        }
    }

    void gridCaptionsOfWrongOnesAreRed() {
        PictureGrid grid(m_theme);
        grid.setPictures(8, [](qint64 index) {
            Thumbnail shown = plain(index);
            shown.caption = QStringLiteral("WWW");
            return shown;
        });
        grid.resize(400, 70);
        grid.show();
        const auto hasErrorColour = [&](qint64 index) {
            const QImage seen = grid.viewport()->grab().toImage();
            const QRect cell = grid.cellRect(index);
            for (int y = cell.bottom() + 3; y < cell.bottom() + 18; ++y) {
                for (int x = cell.left(); x < cell.right(); ++x) {
                    const QColor pixel = seen.pixelColor(x, y);
                    if (pixel.red() > pixel.green() + 80) return true;
                }
            }
            return false;
        };
        QVERIFY(hasErrorColour(3));
        QVERIFY(!hasErrorColour(2));
        grid.setStale(true);
        QVERIFY(!hasErrorColour(3));
    }

    void gridIsChosenFromByMouseAndKeys() {
        PictureGrid grid(m_theme);
        grid.setAccessibleName(QStringLiteral("All images"));
        grid.setPictures(1000, plain);
        grid.resize(400, 130);
        grid.show();
        grid.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&grid));
        QSignalSpy chosen(&grid, &PictureGrid::chosen);
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, {}, grid.cellRect(2).center());
        QCOMPARE(chosen.takeLast()[0].toLongLong(), 2);
        QVERIFY(near(grid.viewport()->grab().toImage().pixelColor(grid.cellRect(2).topLeft() + QPoint(10, -1)), m_theme.current().accent));
        QTest::keyClick(&grid, Qt::Key_Right);
        QCOMPARE(chosen.takeLast()[0].toLongLong(), 3);
        QTest::keyClick(&grid, Qt::Key_Down);
        QCOMPARE(chosen.takeLast()[0].toLongLong(), 3 + grid.columns());
        QTest::keyClick(&grid, Qt::Key_End);
        QCOMPARE(chosen.takeLast()[0].toLongLong(), 999);
        QVERIFY(grid.viewport()->rect().contains(grid.cellRect(999)));
        QCOMPARE(described(grid), QStringLiteral("picture 999"));
        QTest::keyClick(&grid, Qt::Key_Home);
        QCOMPARE(grid.verticalScrollBar()->value(), 0);
        chosen.clear();
        grid.setSelected(50);
        QCOMPARE(chosen.size(), 0);
        QCOMPARE(grid.selected(), 50);
    }

    void emptyGridSaysWhy() {
        PictureGrid grid(m_theme);
        grid.setEmptyText(QStringLiteral("No image is wrong."));
        grid.setPictures(0, plain);
        grid.resize(300, 60);
        grid.show();
        QCOMPARE(described(grid), QStringLiteral("No image is wrong."));
        QTest::keyClick(&grid, Qt::Key_Right);
        QCOMPARE(grid.selected(), -1);
    }

    void barsShowTheAnswer() {
        PredictionBars bars(m_theme);
        bars.setClasses({"zero", "one", "two"});
        bars.resize(300, 90);
        bars.show();
        bars.setProbabilities({0.25F, 0.5F, 0.25F});
        bars.setTruth(2);
        QCOMPARE(bars.top(), 1);
        QCOMPARE(bars.rowsShown(), 3);
        const QImage seen = bars.grab().toImage();
        const QRectF best = bars.barRect(1);
        const int y = static_cast<int>(best.center().y());
        QVERIFY(near(seen.pixelColor(static_cast<int>(best.left() + 0.45 * best.width()), y), m_theme.current().accent));
        QVERIFY(near(seen.pixelColor(static_cast<int>(best.left() + 0.55 * best.width()), y), m_theme.current().bg4));
        const QRectF other = bars.barRect(0);
        QVERIFY(near(seen.pixelColor(static_cast<int>(other.left() + 0.2 * other.width()), static_cast<int>(other.center().y())), m_theme.current().text3));
        QCOMPARE(described(bars), QStringLiteral("one 50.0 %, zero 25.0 %, two 25.0 %, the label is two"));
        bars.setStale(true);
        QVERIFY(!near(bars.grab().toImage().pixelColor(static_cast<int>(best.left() + 0.45 * best.width()), y), m_theme.current().accent));
    }

    void manyClassesShowTheBest() {
        PredictionBars bars(m_theme);
        bars.resize(300, 150);
        std::vector<float> values(1000, 0.0F);
        values[700] = 0.6F;
        values[3] = 0.3F;
        bars.setProbabilities(values);
        QCOMPARE(bars.rowsShown(), 12);
        QCOMPARE(bars.classInRow(0), 700);
        QCOMPARE(bars.classInRow(1), 3);
        QCOMPARE(bars.classInRow(2), 0);
        bars.setProbabilities({0.1F, 0.9F});
        QCOMPARE(bars.classInRow(0), 0);  // all fit: in the order of the classes
    }

    void noAnswerSaysWhy() {
        PredictionBars bars(m_theme);
        bars.setEmptyText(QStringLiteral("The network has an error."));
        bars.setProbabilities({});
        QCOMPARE(bars.top(), -1);
        QCOMPARE(described(bars), QStringLiteral("The network has an error."));
    }
};

QTEST_MAIN(TestPictures)
#include "tst_pictures.moc"
