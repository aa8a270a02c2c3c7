// How time grows with a size: what is measured, for which networks, and what a cancelled measurement keeps. Times themselves are
// this computer's; only that there are some is checked.
#include <QtTest>
#include <cmath>

#include "core/cpu/compute_team.h"
#include "core/graph/presets.h"
#include "core/measure/growth.h"

using namespace convolab;

namespace {

const std::vector<GrowthNetwork>& networks() {
    static const std::vector<GrowthNetwork> list = {{"lenet-300-100", makePreset("lenet-300-100").value(), 8},
                                                    {"lenet-like", makePreset("lenet-like").value(), 4}};
    return list;
}

}  // namespace

class TestGrowth : public QObject {
    Q_OBJECT

  private slots:
    void eachNetworkHasItsBatchesAndThreads() {
        const int before = computeThreads();
        const auto growth = measureGrowth(networks(), 0.0);
        QVERIFY(growth.ok() && growth->whole);
        QCOMPARE(computeThreads(), before);
        QStringList quantities;
        for (const GrowthSeries& series : growth->series) {
            quantities << QString::fromStdString(series.quantity);
            QCOMPARE(series.seconds.size(), series.sizes.size());
            for (const double seconds : series.seconds) QVERIFY(seconds > 0.0);
            QVERIFY(std::isfinite(series.slope()));
        }
        QCOMPARE(quantities, QStringList({"width", "width", "depth", "input size", "batch", "batch"}));
        QVERIFY(std::abs(growth->series[3].arithmetic - 2.0) < 0.01);  // an image of twice the side has four times the pixels
        QVERIFY(QString::fromStdString(growth->series[5].network).startsWith("lenet-like"));
        QCOMPARE(growth->series[5].arithmetic, 0.0);
        QCOMPARE(growth->threads.size(), std::size_t{2});
        QCOMPARE(growth->threads[0].network, std::string("lenet-300-100"));
        QCOMPARE(growth->threads[0].batch, 8);
        QVERIFY(growth->threads[1].one > 0.0 && growth->threads[1].all > 0.0);
    }

    void cancelledKeepsWhatIsFinished() {
        int asked = 0;
        const auto growth = measureGrowth(networks(), 0.0, [&](double share) {
            return share < 1.0 && ++asked <= 6;  // the second series is in its third size
        });
        QVERIFY(growth.ok());
        QCOMPARE(growth->whole, false);
        QCOMPARE(growth->series.size(), std::size_t{1});
        QVERIFY(growth->threads.empty());
    }
};

QTEST_GUILESS_MAIN(TestGrowth)
#include "tst_growth.moc"
