// A layer's weights: bins with what is pruned of each, a threshold under the mouse, the picture with pruned weights left out.
#include "widgets/theme/theme.h"
#include "widgets/weights/weight_histogram_view.h"
#include "widgets/weights/weight_picture.h"

#include <QMenu>
#include <QSignalSpy>
#include <QTest>

#include <numeric>

using namespace convolab;

namespace {

// −1, −0.75 … 1: exact in binary, so that it is clear which bin each falls into.
std::vector<float> nineWeights() {
    std::vector<float> weights;
    for (int i = -4; i <= 4; ++i)
        weights.push_back(static_cast<float>(i) / 4.0f);
    return weights;
}

}  // namespace

class WeightsTest : public QObject {
    Q_OBJECT

private slots:
    void binsCountEveryWeightOnce() {
        const std::vector<float> weights = nineWeights();
        std::vector<std::uint8_t> keep(weights.size(), 1);
        keep[3] = keep[4] = keep[5] = 0;  // −0.25, 0, 0.25
        const PrunedHistogram histogram = prunedHistogram(weights, keep, 4);
        QCOMPARE(histogram.limit, 1.0);
        QCOMPARE(histogram.total(), 9LL);
        QCOMPARE(histogram.pruned, (std::vector<long long>{0, 1, 2, 0}));
        QCOMPARE(histogram.kept, (std::vector<long long>{2, 1, 0, 3}));
        QCOMPARE(histogram.largest(), 3LL);
        QCOMPARE(histogram.binOf(1.0), std::optional<std::size_t>(3));   // the upper end belongs to the last bin
        QCOMPARE(histogram.binOf(-1.0), std::optional<std::size_t>(0));
        QVERIFY(!histogram.binOf(1.5));
    }

    void strangeWeightsAreLeftOut() {
        const std::vector<float> weights{NAN, INFINITY, 0.5f, -0.25f};
        const PrunedHistogram histogram = prunedHistogram(weights, {}, 3);
        QCOMPARE(histogram.total(), 2LL);
        QCOMPARE(histogram.limit, 0.5);
        QCOMPARE(prunedHistogram(std::vector<float>{0.0f, 0.0f}, {}, 3).total(), 0LL);  // no width to lay bins over
        QCOMPARE(prunedHistogram({}, {}, 3).total(), 0LL);
    }

    void csvHasARowPerBin() {
        const PrunedHistogram histogram = prunedHistogram(nineWeights(), {}, 4);
        const QStringList rows = QString::fromStdString(histogramCsv(histogram)).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
        QCOMPARE(rows.size(), 5);
        QCOMPARE(rows[0], QStringLiteral("from,to,kept,pruned"));
        QCOMPARE(rows[1].section(QLatin1Char(','), 0, 1), QStringLiteral("-1,-0.5"));
        long long total = 0;
        for (int i = 1; i < 5; ++i)
            total += rows[i].section(QLatin1Char(','), 2, 2).toLongLong();
        QCOMPARE(total, 9LL);
    }

    void theThresholdIsDraggedFromEitherSide() {
        WeightHistogramView view(m_theme);
        view.resize(300, 160);
        view.setHistogram(QStringLiteral("Weights"), prunedHistogram(nineWeights(), {}, 21));
        view.setThreshold(0.4);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        QSignalSpy dragged(&view, &WeightHistogramView::thresholdDragged), finished(&view, &WeightHistogramView::dragFinished);
        const int y = view.height() / 2;
        for (const double side : {1.0, -1.0}) {
            dragged.clear();
            const QPoint from(static_cast<int>(view.xOf(side * *view.threshold())), y), to(static_cast<int>(view.xOf(side * 0.8)), y);
            QTest::mousePress(&view, Qt::LeftButton, {}, from);
            QTest::mouseMove(&view, to);
            QTest::mouseRelease(&view, Qt::LeftButton, {}, to);
            QVERIFY(!dragged.isEmpty());
            const double reached = dragged.last().first().toDouble();
            QVERIFY2(std::abs(reached - 0.8) < 0.02, qPrintable(QString::number(reached)));
            QCOMPARE(*view.threshold(), reached);
            view.setThreshold(0.4);
        }
        QCOMPARE(finished.size(), 2);
        // Beside the lines nothing is dragged.
        dragged.clear();
        QTest::mousePress(&view, Qt::LeftButton, {}, QPoint(view.width() / 2, y));
        QTest::mouseMove(&view, QPoint(view.width() / 2 + 40, y));
        QTest::mouseRelease(&view, Qt::LeftButton, {}, QPoint(view.width() / 2 + 40, y));
        QVERIFY(dragged.isEmpty());
        // The keyboard moves it by a bin.
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_Right);
        QCOMPARE(dragged.size(), 1);
        QVERIFY(std::abs(*view.threshold() - (0.4 + 2.0 / 21)) < 0.02);
        // Without a threshold there is nothing to drag.
        view.setThreshold(std::nullopt);
        dragged.clear();
        QTest::keyClick(&view, Qt::Key_Right);
        QVERIFY(dragged.isEmpty());
    }

    void keptBarsAreColouredAndTheCopyMenuIsThere() {
        WeightHistogramView view(m_theme);
        view.resize(300, 160);
        view.setHistogram(QStringLiteral("Weights"), prunedHistogram(nineWeights(), {}, 11));
        view.setThreshold(0.0);
        const QImage image = view.grab().toImage().convertToFormat(QImage::Format_RGB32);
        const auto has = [&](ThemeColor color, int left, int right) {
            for (int x = left; x < right; ++x) {
                for (int y = 0; y < image.height(); ++y) {
                    if (image.pixelColor(x, y) == toQColor(color)) return true;
                }
            }
            return false;
        };
        const int middle = static_cast<int>(view.xOf(0));
        QVERIFY(has(divergingColor(-0.55), 0, middle - 20) && !has(divergingColor(-0.55), middle + 20, image.width()));
        QVERIFY(has(divergingColor(0.55), middle + 20, image.width()) && !has(divergingColor(0.55), 0, middle - 20));
        const auto menu = view.makeMenu();
        QVERIFY(menu != nullptr);
        QCOMPARE(menu->actions().size(), 4);
        QVERIFY(!WeightHistogramView(m_theme).makeMenu());
    }

    void picturesLeavePrunedWeightsOut() {
        const std::vector<float> weights{1.0f, -1.0f, 0.5f, 0.0f, 0.25f, -0.5f};
        std::vector<std::uint8_t> keep(6, 1);
        keep[2] = 0;
        const WeightPicture picture = weightPicture(Shape{2, 3}, weights, {.keep = keep});
        QCOMPARE(picture.image.size(), QSize(3, 2));
        QVERIFY(picture.whole);
        QCOMPARE(picture.limit, 1.0f);
        QCOMPARE(picture.image.pixelColor(0, 0), toQColor(divergingColor(1)));
        QCOMPARE(picture.image.pixelColor(1, 0), toQColor(divergingColor(-1)));
        QCOMPARE(picture.image.pixelColor(2, 0).alpha(), 0);
        QCOMPARE(picture.image.pixelColor(0, 1), toQColor(divergingColor(0)));
        QCOMPARE(picture.weightAt(1, 1), std::optional<std::int64_t>(4));
        QVERIFY(!picture.weightAt(3, 0));
    }

    void kernelsStandApart() {
        // 3 filters of 2 channels, 2 × 2; the weight's value is its index.
        std::vector<float> weights(24);
        std::iota(weights.begin(), weights.end(), 0.0f);
        const WeightPicture all = weightPicture(Shape{3, 2, 2, 2}, weights, {.allChannels = true});
        QCOMPARE(all.image.size(), QSize(2 * 3 - 1, 3 * 3 - 1));
        QCOMPARE(all.weightAt(0, 0), std::optional<std::int64_t>(0));
        QCOMPARE(all.weightAt(3, 1), std::optional<std::int64_t>(6));   // filter 0, channel 1, row 1, column 0
        QCOMPARE(all.weightAt(1, 3), std::optional<std::int64_t>(9));   // filter 1, channel 0, row 0, column 1
        QVERIFY(!all.weightAt(2, 0));                                   // between two kernels
        QCOMPARE(all.image.pixelColor(2, 0).alpha(), 0);
        const WeightPicture first = weightPicture(Shape{3, 2, 2, 2}, weights);
        QCOMPARE(first.columns, std::int64_t{1});
        QCOMPARE(first.weightAt(3, 0), std::optional<std::int64_t>(8));   // filter 1, channel 0
        QCOMPARE(first.weightAt(0, 3), std::optional<std::int64_t>(16));  // filter 2, in the second row
        QVERIFY(!first.weightAt(3, 3));                                   // there is no fourth
        const WeightPicture cut = weightPicture(Shape{100, 70}, std::vector<float>(7000, 0.1f), {.mostCells = 60});
        QVERIFY(!cut.whole);
        QCOMPARE(cut.image.size(), QSize(60, 60));
        QCOMPARE(cut.weightAt(0, 1), std::optional<std::int64_t>(70));
    }

private:
    Theme m_theme{ThemeMode::Dark};
};

QTEST_MAIN(WeightsTest)
#include "tst_weight_views.moc"
