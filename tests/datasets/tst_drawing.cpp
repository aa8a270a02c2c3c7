// A drawing becomes what the data set's own images look like.
#include <QtTest>
#include <cmath>

#include "datasets/catalogue.h"
#include "datasets/drawing.h"
#include "tests/datasets/dataset_files.h"
#include "tests/support/data_dir.h"

using namespace convolab;
using namespace convolab::test;

namespace {

constexpr int kPad = 280;

Picture blankPad() {
    return {.width = kPad, .height = kPad, .channels = 1, .bits = 8, .animated = false, .values = std::vector<std::uint16_t>(kPad * kPad)};
}

void fill(Picture& pad, int left, int top, int width, int height) {
    for (int y = top; y < top + height; ++y) {
        for (int x = left; x < left + width; ++x) pad.values[static_cast<std::size_t>(y * kPad + x)] = 65535;
    }
}

/// A 28×28 digit drawn `factor` times as large, its corner at (left, top) of the pad; what leaves the pad is lost.
Picture drawnLarge(const std::vector<float>& digit, int factor, int left, int top) {
    Picture pad = blankPad();
    for (int y = 0; y < 28 * factor; ++y) {
        for (int x = 0; x < 28 * factor; ++x) {
            const int px = left + x, py = top + y;
            if (px < 0 || py < 0 || px >= kPad || py >= kPad) continue;
            const float value = digit[static_cast<std::size_t>(y / factor * 28 + x / factor)];
            pad.values[static_cast<std::size_t>(py * kPad + px)] = static_cast<std::uint16_t>(value * 65535.0F + 0.5F);
        }
    }
    return pad;
}

struct Mass {
    double x = 0.0, y = 0.0, sum = 0.0;
};

Mass massOf(std::span<const float> pixels, int side) {
    Mass mass;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const double value = pixels[static_cast<std::size_t>(y * side + x)];
            mass.x += value * x;
            mass.y += value * y;
            mass.sum += value;
        }
    }
    mass.x /= mass.sum;
    mass.y /= mass.sum;
    return mass;
}

double correlation(std::span<const float> a, std::span<const float> b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += double(a[i]) * b[i];
        aa += double(a[i]) * a[i];
        bb += double(b[i]) * b[i];
    }
    return ab / std::sqrt(aa * bb);
}

QRect inkBox(const Tensor& image) {
    QRect box;
    const int width = static_cast<int>(image.shape().width());
    for (std::int64_t i = 0; i < image.shape().height() * width; ++i) {
        if (image.data()[i] > 0.0F) box |= QRect(static_cast<int>(i) % width, static_cast<int>(i) / width, 1, 1);
    }
    return box;
}

}  // namespace

class TestDrawing : public QObject {
    Q_OBJECT

  private slots:
    void fitsTheBoxAndKeepsTheAspect() {
        Picture pad = blankPad();
        fill(pad, 20, 30, 100, 200);  // anywhere on the pad
        const auto image = drawingForNetwork(pad, true, Shape{1, 28, 28});
        QVERIFY(image.ok());
        QCOMPARE(inkBox(*image), QRect(10, 5, 10, 20));
        QCOMPARE(image->data()[14 * 28 + 14], 1.0F);
    }

    void thinStrokesAreCentredToo_data() {
        QTest::addColumn<QRect>("stroke");
        QTest::addColumn<QRect>("seen");
        QTest::newRow("a one") << QRect(20, 30, 20, 200) << QRect(14, 5, 2, 20);
        QTest::newRow("a hair") << QRect(200, 10, 4, 200) << QRect(14, 5, 1, 20);
        QTest::newRow("a dash") << QRect(20, 250, 200, 20) << QRect(5, 14, 20, 2);
    }

    void thinStrokesAreCentredToo() {
        QFETCH(QRect, stroke);
        QFETCH(QRect, seen);
        Picture pad = blankPad();
        fill(pad, stroke.left(), stroke.top(), stroke.width(), stroke.height());
        const auto image = drawingForNetwork(pad, true, Shape{1, 28, 28});
        QCOMPARE(inkBox(*image), seen);
    }

    void massGoesToTheCentre() {
        // An L: a heavy foot, so that its mass lies below and beside the middle of its box.
        Picture pad = blankPad();
        fill(pad, 100, 40, 20, 200);
        fill(pad, 100, 200, 120, 40);
        const auto image = drawingForNetwork(pad, true, Shape{1, 28, 28});
        const Mass mass = massOf(image->span(), 28);
        QVERIFY2(std::abs(mass.x - 14.0) <= 0.5 && std::abs(mass.y - 14.0) <= 0.5, qPrintable(QStringLiteral("%1, %2").arg(mass.x).arg(mass.y)));
        QCOMPARE(inkBox(*image).size(), QSize(12, 20));
        QVERIFY(inkBox(*image).top() < 4);  // the mass, not the box, is centred
    }

    void largerInputsArePadded() {
        Picture pad = blankPad();
        fill(pad, 20, 30, 100, 200);
        const auto image = drawingForNetwork(pad, true, Shape{1, 32, 32}, Shape{1, 28, 28});
        QCOMPARE(image->shape(), (Shape{1, 32, 32}));
        QCOMPARE(inkBox(*image), QRect(12, 7, 10, 20));
    }

    void edgesAreGrey() {
        Picture pad = blankPad();
        fill(pad, 20, 30, 105, 200);  // 10.5 columns wide on the field
        fill(pad, 125, 30, 3, 60);    // widens the box
        const auto image = drawingForNetwork(pad, true, Shape{1, 28, 28});
        bool grey = false;
        for (const float value : image->span()) grey = grey || (value > 0.02F && value < 0.98F);
        QVERIFY(grey);
    }

    void aDotIsNotBlownUp() {
        Picture pad = blankPad();
        fill(pad, 200, 200, 6, 6);
        const auto image = drawingForNetwork(pad, true, Shape{1, 28, 28});
        QCOMPARE(inkBox(*image), QRect(12, 12, 6, 6));
    }

    void blankStaysBlank() {
        for (const bool digits : {true, false}) {
            const auto image = drawingForNetwork(blankPad(), digits, Shape{1, 28, 28});
            QVERIFY(image.ok());
            for (const float value : image->span()) QCOMPARE(value, 0.0F);
        }
    }

    void otherSetsSeeTheWholePad() {
        Picture pad = blankPad();
        fill(pad, 0, 0, 140, 280);
        const auto image = drawingForNetwork(pad, false, Shape{3, 32, 32});
        QCOMPARE(image->shape(), (Shape{3, 32, 32}));
        for (int c = 0; c < 3; ++c) {
            QCOMPARE(image->data()[c * 1024 + 15], 1.0F);
            QCOMPARE(image->data()[c * 1024 + 16], 0.0F);
        }
        QVERIFY(isDigitSet("mnist") && isDigitSet("digits") && !isDigitSet("fashion-mnist"));
    }

    void mnistDrawnLargeComesBack() {
        CONVOLAB_NEEDS_DATA(folder, "mnist");
        const auto mnist = openDataset({.name = "mnist", .dataDir = QFileInfo(folder).path().toStdString()});
        QVERIFY(mnist.ok());
        double worst = 0.0, correlated = 0.0;
        constexpr int kImages = 200;
        for (int i = 0; i < kImages; ++i) {
            const auto digit = imageOf(**mnist, Split::Test, i);
            // Large, and off the middle as a hand would draw it.
            const auto seen = drawingForNetwork(drawnLarge(digit, 8, 10 + i % 40, 40 - i % 40), true, Shape{1, 28, 28});
            const Mass expected = massOf(digit, 28);
            const Mass mass = massOf(seen->span(), 28);
            worst = std::max({worst, std::abs(mass.x - expected.x), std::abs(mass.y - expected.y)});
            correlated += correlation(digit, seen->span()) / kImages;
        }
        QVERIFY2(worst <= 1.0, qPrintable(QString::number(worst)));
        QVERIFY2(correlated > 0.97, qPrintable(QString::number(correlated)));
        qInfo("centre of mass within %.2f px, mean correlation %.4f", worst, correlated);
    }
};

QTEST_GUILESS_MAIN(TestDrawing)
#include "tst_drawing.moc"
