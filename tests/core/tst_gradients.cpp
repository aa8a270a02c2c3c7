// What happens to gradients between the backward pass and the update: against PyTorch's numbers, and the same for any
// number of threads.
#include <QTest>

#include <cmath>

#include "core/cpu/compute_team.h"
#include "core/train/gradients.h"
#include "core/util/random.h"
#include "tests/support/golden.h"

using namespace convolab;
using namespace convolab::testing;

class TestGradients : public QObject {
    Q_OBJECT

  private slots:
    void clippingIsPyTorchs_data() {
        QTest::addColumn<QString>("name");
        for (const auto& entry : goldenCases("clipping")) {
            const std::string name = entry.at("name");
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
    }
    void clippingIsPyTorchs() {
        QFETCH(QString, name);
        const nlohmann::json golden = goldenCase("clipping", name.toStdString());
        std::vector<float> gradients = golden.at("gradients").get<GoldenArray>().floats();
        const double limit = golden.at("limit");
        if (name.startsWith("norm")) {
            std::vector<double> sums;
            const double length = clipNorm(gradients, limit, sums);
            QVERIFY(std::abs(length - golden.at("length").get<double>()) < 1e-9);
        } else {
            clipValues(gradients, limit);
        }
        QVERIFY(largestDifference(std::span<const float>(gradients), golden.at("clipped").get<GoldenArray>().data) < 1e-6);
    }

    void whatIsNotFiniteStaysSo() {
        std::vector<double> sums;
        for (const float bad : {NAN, INFINITY}) {
            std::vector<float> gradients{1.0F, bad, 3.0F};
            QVERIFY(!std::isfinite(clipNorm(gradients, 1.0, sums)));
            QCOMPARE(gradients[2], 3.0F);  // the others still say where it began
        }
        std::vector<float> gradients{NAN, 5.0F};
        clipValues(gradients, 1.0);
        QVERIFY(std::isnan(gradients[0]));
        QCOMPARE(gradients[1], 1.0F);
    }

    void threadsDoNotChangeTheBits() {
        std::vector<float> gradients(200'003);
        RandomSequence random(7, RandomStreamId::Analysis);
        for (float& value : gradients) value = random.normal();
        std::vector<std::vector<float>> clipped;
        std::vector<double> lengths, sums;
        for (const int threads : {1, 3}) {
            setComputeThreads(threads);
            clipped.push_back(gradients);
            lengths.push_back(clipNorm(clipped.back(), 1.0, sums));
        }
        setComputeThreads(0);
        QCOMPARE(lengths[0], lengths[1]);
        QVERIFY(clipped[0] == clipped[1]);
    }

    void averageMovesByItsDecay() {
        std::vector<float> average{1.0F, -2.0F};
        const std::vector<float> values{3.0F, 2.0F};
        updateAverage(average, values, 0.75);
        QCOMPARE(average[0], 1.5F);
        QCOMPARE(average[1], -1.0F);
    }
};

QTEST_GUILESS_MAIN(TestGradients)
#include "tst_gradients.moc"
