// The Wilson score interval against published and independently computed values.
#include <QtTest>
#include <cmath>

#include "core/util/interval.h"

using namespace convolab;

class TestInterval : public QObject {
    Q_OBJECT

  private slots:
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (Wilson without continuity correction).
    void publishedIntervals_data() {
        QTest::addColumn<int>("hits");
        QTest::addColumn<int>("count");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        QTest::newRow("81 of 263") << 81 << 263 << 0.2553 << 0.3662;
        QTest::newRow("15 of 148") << 15 << 148 << 0.0624 << 0.1605;
        QTest::newRow("0 of 20") << 0 << 20 << 0.0000 << 0.1611;
        QTest::newRow("1 of 29") << 1 << 29 << 0.0061 << 0.1718;
    }
    void publishedIntervals() {
        QFETCH(int, hits);
        QFETCH(int, count);
        QFETCH(double, low);
        QFETCH(double, high);
        const ShareInterval interval = wilsonInterval(hits, count);
        QCOMPARE(interval.share, static_cast<double>(hits) / count);
        QVERIFY(std::abs(interval.low - low) < 5.1e-5);
        QVERIFY(std::abs(interval.high - high) < 5.1e-5);
    }

    void nothingCountedSaysNothing() {
        const ShareInterval interval = wilsonInterval(0, 0);
        QCOMPARE(interval.low, 0.0);
        QCOMPARE(interval.high, 1.0);
        QCOMPARE(interval.halfWidth(), 0.5);
    }

    void staysInsideAndMirrors() {
        for (int hits = 0; hits <= 50; ++hits) {
            const ShareInterval interval = wilsonInterval(hits, 50);
            const ShareInterval mirrored = wilsonInterval(50 - hits, 50);
            QVERIFY(interval.low >= 0.0 && interval.high <= 1.0 && interval.low < interval.high);
            QVERIFY(interval.low <= interval.share + 1e-12 && interval.share <= interval.high + 1e-12);
            QVERIFY(std::abs(interval.low - (1.0 - mirrored.high)) < 1e-12);
        }
    }
};

QTEST_GUILESS_MAIN(TestInterval)
#include "tst_interval.moc"
