// The machine's peak, its cache file, the roofline's arithmetic, others' platforms and which versions nobody beats.
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/ops.h"
#include "core/graph/presets.h"
#include "core/measure/pareto.h"
#include "core/measure/platforms.h"
#include "core/measure/roofline.h"

using namespace convolab;

namespace {

MachinePeak somePeak() {
    MachinePeak peak;
    peak.processor = processorName();
    peak.instructions = std::string(instructionSet()) + (onednn::available() ? "" : ", portable");
    peak.threads = computeThreads();
    peak.flops = 100e9;
    peak.scalarFlops = 5e9;
    peak.memoryBytes = 20e9;
    peak.cacheBytes = 200e9;
    return peak;
}

LayerWork denseLayer() {
    LayerWork work;
    work.node = NodeId{3};
    work.name = "Dense 1";
    work.kind = "dense";
    work.macs = 1000;
    work.weights = 1000;
    work.inputs = 100;
    work.outputs = 10;
    return work;
}

BatchLatency timed(NodeId node, double seconds, std::int64_t batch) {
    BatchLatency latency;
    latency.batch = batch;
    latency.layers = {{node, spreadOf({seconds})}};
    return latency;
}

const Platform& platform(const std::string& name) {
    for (const Platform& row : platforms()) {
        if (row.name.starts_with(name)) return row;
    }
    qFatal("no platform %s", name.c_str());
}

}  // namespace

class TestRoofline : public QObject {
    Q_OBJECT

  private slots:
    // 2,000 FLOP over 4 · 1,110 bytes at batch 1.
    void whereALayerStands() {
        const LayerWork work = denseLayer();
        const auto points = roofline(std::span(&work, 1), timed(work.node, 1e-6, 1), somePeak());
        QCOMPARE(points.size(), std::size_t{1});
        QCOMPARE(points[0].flopPerByte, 2000.0 / 4440.0);
        QCOMPARE(points[0].flops, 2e9);
        QCOMPARE(points[0].bound, 2000.0 / 4440.0 * 20e9);
        QVERIFY(points[0].memoryBound);
        QVERIFY(!points[0].insideCaches);
        QCOMPARE(ridge(somePeak()), 5.0);
    }

    void aBatchMovesItToTheRight() {
        const LayerWork work = denseLayer();
        const auto points = roofline(std::span(&work, 1), timed(work.node, 64e-6, 64), somePeak());
        QCOMPARE(points[0].flopPerByte, 2000.0 * 64 / (4.0 * (1000 + 64 * 110)));
        QCOMPARE(points[0].flops, 2e9);
        QCOMPARE(rooflineBound(somePeak(), 1000.0), 100e9);
    }

    void fasterThanMemoryMeansCaches() {
        const LayerWork work = denseLayer();
        QVERIFY(roofline(std::span(&work, 1), timed(work.node, 1e-7, 1), somePeak())[0].insideCaches);
    }

    void layersWithoutMacsOrTimeHaveNoPlace() {
        std::vector<LayerWork> work{denseLayer(), denseLayer()};
        work[0].macs = 0;
        work[1].node = NodeId{4};
        QVERIFY(roofline(work, timed(NodeId{3}, 1e-6, 1), somePeak()).empty());
    }

    void thisComputerIsMeasured() {
        std::vector<double> shares;
        const auto peak = measureMachinePeak([&](double share) {
            shares.push_back(share);
            return true;
        });
        QVERIFY(peak.ok());
        QVERIFY(std::is_sorted(shares.begin(), shares.end()));
        QCOMPARE(peak->threads, computeThreads());
        QVERIFY2(peak->flops > 1e9 && peak->flops < 1e14, qPrintable(QString::number(peak->flops)));
        QVERIFY2(peak->memoryBytes > 1e8 && peak->memoryBytes < 1e13, qPrintable(QString::number(peak->memoryBytes)));
        QVERIFY(peak->cacheBytes > 1e8);
        QVERIFY(peak->scalarFlops > 1e8 && peak->scalarFlops < peak->flops);
        qInfo("%s, %d threads: %.1f GFLOP/s, scalar %.1f, memory %.1f GB/s, cache %.1f GB/s", peak->processor.c_str(),
              peak->threads, peak->flops / 1e9, peak->scalarFlops / 1e9, peak->memoryBytes / 1e9, peak->cacheBytes / 1e9);
    }

    void measuringIsCancelled() {
        const auto peak = measureMachinePeak([](double share) { return share < 0.4; });
        QVERIFY(!peak.ok());
        QVERIFY(peak.error().code == ErrorCode::Cancelled);
    }

    void whatWasMeasuredIsKept() {
        QTemporaryDir folder;
        const MachinePeakCache cache((folder.path() + "/deep/peak.json").toStdString());
        QVERIFY(!cache.find().has_value());
        MachinePeak other = somePeak();
        other.threads = somePeak().threads + 1;
        cache.store(other);
        QVERIFY(!cache.find().has_value());
        cache.store(somePeak());
        QVERIFY(cache.find() == somePeak());
        MachinePeak faster = somePeak();
        faster.flops *= 2.0;
        cache.store(faster);
        QCOMPARE(cache.find()->flops, faster.flops);
        QCOMPARE(cache.obtain(false, [](double) { return false; })->flops, faster.flops);
        QVERIFY(!cache.obtain(true, [](double) { return false; }).ok());
    }

    void aBrokenCacheIsMeasuredAnew_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut short") << QByteArray("[{\"processor\": \"x");
        QTest::newRow("another form") << QByteArray("{\"flops\": 3}");
        QTest::newRow("wrong types") << QByteArray("[{\"processor\": 3, \"flops\": \"fast\"}, 7, null]");
    }
    void aBrokenCacheIsMeasuredAnew() {
        QFETCH(QByteArray, text);
        QTemporaryDir folder;
        const std::string file = (folder.path() + "/peak.json").toStdString();
        std::ofstream(file) << text.toStdString();
        const MachinePeakCache cache(file);
        QVERIFY(!cache.find().has_value());
        cache.store(somePeak());
        QVERIFY(cache.find() == somePeak());
    }

    // The tables as printed, and the one number in them that is wrong.
    void platformTables() {
        QCOMPARE(platforms().size(), std::size_t{6});
        const Platform& arria = platform("Arria 10");
        QCOMPARE(*arria.effectivePrinted, 0.38);
        QCOMPARE(QString::number(100.0 * *arria.effectiveFlops / *arria.peakFlops, 'f', 1), QStringLiteral("37.3"));
        QVERIFY(arria.slip.find("37.3") != std::string::npos);
        for (const char* name : {"Xeon", "Titan"}) {
            const Platform& row = platform(name);
            QVERIFY(row.slip.empty());
            QVERIFY(std::abs(*row.effectiveFlops / *row.peakFlops - *row.effectivePrinted) < 0.005);
        }
        // All three rows are about AlexNet: 1.38 to 1.40 GFLOP an image.
        for (const char* name : {"Xeon", "Arria", "Titan"}) {
            const double gigaflop = *platform(name).effectiveFlops / *platform(name).imagesPerSecond / 1e9;
            QVERIFY2(gigaflop > 1.375 && gigaflop < 1.405, qPrintable(QString::number(gigaflop)));
        }
    }

    void platformEstimates() {
        LayerWork work = denseLayer();
        const auto titan = estimate(platform("Titan"), std::span(&work, 1), 1);
        QCOMPARE(titan->imagesPerSecond, 5.75e12 / 2000.0);
        // The P40 at batch 1 waits for its memory: 1,110 values of a byte at 350 GB/s.
        const auto p40 = estimate(platform("P40"), std::span(&work, 1), 1);
        QVERIFY(std::abs(p40->imagesPerSecond / (350e9 / 1110.0) - 1.0) < 1e-9);
        work.macs = 0;
        QVERIFY(!estimate(platform("Titan"), std::span(&work, 1), 1).has_value());
    }

    void nobodyBeatsTheFront() {
        using Point = std::vector<std::optional<double>>;
        const std::vector<Point> points{{1.0, 5.0}, {2.0, 2.0}, {5.0, 1.0}, {3.0, 3.0}, {2.0, 2.0}, {0.5, std::nullopt}, {1.0, 6.0}};
        QVERIFY(nonDominated(points) == (std::vector<bool>{true, true, true, false, true, false, false}));
        QVERIFY(nonDominated({}).empty());
        QCOMPARE(laserAxes().size(), std::size_t{5});
        QVERIFY(findLaserAxis("energy") != nullptr);
        QVERIFY(findLaserAxis("price") == nullptr);
    }
};

QTEST_GUILESS_MAIN(TestRoofline)
#include "tst_roofline.moc"
