// Time of a whole network and of its layers: what is counted, what is left out, cancelling, and that nobody is disturbed.
#include <QtTest>
#include <atomic>
#include <numeric>
#include <thread>

#include "core/cpu/compute_team.h"
#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
#include "core/measure/latency.h"
#include "core/model/operation_times.h"
#include "core/util/check.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

const LatencyOptions kUsual;

LatencyOptions quick(std::vector<std::int64_t> batches, bool perLayer = true) {
    return {.batches = std::move(batches), .seconds = 0.05, .minimumRuns = 10, .maximumRuns = 200, .warmUpRuns = 2,
            .perLayer = perLayer};
}

CompileOptions inferenceOf(std::int64_t batch) {
    CompileOptions options;
    options.maximumBatch = batch;
    return options;
}

}  // namespace

class TestLatency : public QObject {
    Q_OBJECT

  private slots:
    void quantiles() {
        const Spread spread = spreadOf({4.0, 1.0, 3.0, 2.0, 5.0});
        QCOMPARE(spread.median, 3.0);
        QCOMPARE(spread.q1, 2.0);
        QCOMPARE(spread.q3, 4.0);
        QCOMPARE(spread.minimum, 1.0);
        QVERIFY(std::abs(spread.p95 - 4.8) < 1e-12);  // NumPy: percentile([1, 2, 3, 4, 5], 95)
        QCOMPARE(spreadOf({}).median, 0.0);
        QCOMPARE(spreadOf({2.5}).p95, 2.5);
    }

    void everyLayerThatRunsHasATime() {
        const NetworkSpec spec = *makePreset("lenet-like");
        const auto latency = measureLatency(spec, nullptr, quick({1, 64}));
        QVERIFY2(latency.ok(), latency.ok() ? "" : latency.error().sentence().c_str());
        QCOMPARE(latency->threads, computeThreads());
        for (const std::int64_t batch : {1, 64}) {
            const BatchLatency* one = latency->find(batch);
            QVERIFY(one != nullptr);
            QVERIFY(one->runs >= 10);
            QVERIFY(one->warmUpRuns == 2);
            QVERIFY(one->seconds.minimum > 0.0);
            QVERIFY(one->seconds.minimum <= one->seconds.q1 && one->seconds.q1 <= one->seconds.median);
            QVERIFY(one->seconds.median <= one->seconds.q3 && one->seconds.q3 <= one->seconds.p95);
            QStringList names;
            for (const LayerTime& layer : one->layers) {
                QVERIFY(layer.seconds.median > 0.0);
                names << QString::fromStdString(spec.node(layer.node)->name);
            }
            QCOMPARE(names.join(' '),
                     QStringLiteral("Input Conv 1 Pool 1 Conv 2 Pool 2 Dense 1 Dense 2 Dense 3 Softmax 1"));
            double sum = one->betweenLayers();
            for (const LayerTime& layer : one->layers) sum += layer.seconds.median;
            QVERIFY(sum >= one->seconds.median * (1.0 - 1e-9));
        }
        QVERIFY(latency->find(64)->seconds.median > latency->find(1)->seconds.median);
        QVERIFY(latency->find(7) == nullptr);
        QVERIFY(latency->find(1)->find(NodeId{9999}) == nullptr);
    }

    // Much work in one layer shows in that layer, and the clock on each operation does not move the result.
    void theHeavyLayerIsTheSlowOne() {
        const NetworkSpec spec = ChainBuilder("heavy")
                                     .input({1, 32, 32})
                                     .conv({.filters = 4})
                                     .relu()
                                     .conv({.filters = 64, .kernel = 7})
                                     .maxPool(2)
                                     .classifier(10)
                                     .build();
        const auto latency = measureLatency(spec, nullptr, quick({16}));
        QVERIFY(latency.ok());
        const BatchLatency& batch = latency->batches.front();
        const LayerTime* heavy = batch.find(spec.nodeByName("Conv 2")->id);
        // Compared with layers of the same library: a sanitizer slows our own loops many times, not its. By their
        // shortest times: on a busy machine every layer's median is a wait for the second thread.
        for (const char* name : {"Conv 1", "Dense 1"}) {
            const LayerTime* other = batch.find(spec.nodeByName(name)->id);
            QVERIFY(other != nullptr && other->seconds.minimum <= heavy->seconds.minimum);
        }
        QVERIFY(heavy->seconds.median <= batch.seconds.p95);
    }

    void timingChangesNoNumber() {
        const NetworkSpec spec = tinyNetwork();
        const auto model = Model::compile(spec, inferenceOf(3));
        Tensor images(Shape{3, 1, 8, 8});
        for (std::size_t i = 0; i < images.span().size(); ++i) images.span()[i] = static_cast<float>(i % 7) / 7.0F;
        const auto plain = (*model)->forward(images.view());
        const std::vector<float> before(plain.data, plain.data + plain.size());
        std::vector<double> seconds(operationsOf(**model).size());
        const auto timed = timedForward(**model, images.view(), seconds);
        QVERIFY(std::equal(before.begin(), before.end(), timed.data));
        for (const double value : seconds) QVERIFY(value >= 0.0);
        QVERIFY(std::accumulate(seconds.begin(), seconds.end(), 0.0) > 0.0);
        QVERIFY_THROWS_EXCEPTION(InvariantError, timedForward(**model, images.view(), std::span<double>()));
    }

    void fusedAndRenamedLayersAreInOperations() {
        const NetworkSpec spec = tinyNetwork();
        const auto model = Model::compile(spec, inferenceOf(1));
        QStringList running, renaming;
        for (const Operation& operation : operationsOf(**model)) {
            if (!operation.node) continue;
            (operation.runs ? running : renaming) << QString::fromStdString(spec.node(operation.node)->kind);
        }
        QCOMPARE(running.join(' '), QStringLiteral("input conv2d max_pool dense softmax"));
        QCOMPARE(renaming.join(' '), QStringLiteral("flatten dropout output"));
    }

    void cancelling() {
        int asked = 0;
        const auto latency = measureLatency(*makePreset("lenet-like"), nullptr, quick({1}), [&](double) { return ++asked < 3; });
        QVERIFY(!latency.ok());
        QVERIFY(latency.error().code == ErrorCode::Cancelled);
        QCOMPARE(asked, 3);
    }

    void progressGrowsToOne() {
        std::vector<double> shares;
        QVERIFY(measureLatency(tinyNetwork(), nullptr, quick({1, 4}, false), [&](double share) {
                    shares.push_back(share);
                    return true;
                }).ok());
        QVERIFY(std::is_sorted(shares.begin(), shares.end()));
        QCOMPARE(shares.back(), 1.0);
    }

    void patienceLeavesLargeBatchesOut() {
        LatencyOptions options = quick({1, 100'000, 2}, false);
        options.patience = 1e-2;
        const auto latency = measureLatency(*makePreset("lenet-like"), nullptr, options);
        QVERIFY(latency.ok());
        QVERIFY(latency->find(1) != nullptr && latency->find(100'000) == nullptr);
    }

    void badWishes_data() {
        QTest::addColumn<QList<int>>("batches");
        QTest::newRow("none") << QList<int>{};
        QTest::newRow("zero") << QList<int>{1, 0};
        QTest::newRow("negative") << QList<int>{-4};
    }
    void badWishes() {
        QFETCH(QList<int>, batches);
        LatencyOptions options = quick({});
        for (const int batch : batches) options.batches.push_back(batch);
        QVERIFY(!measureLatency(tinyNetwork(), nullptr, options).ok());
        QVERIFY(kUsual.batches == (std::vector<std::int64_t>{1, 64}));
    }

    void halfBuiltNetworksAreASentence() {
        NetworkSpec spec;
        spec.addNode("conv2d");
        const auto latency = measureLatency(spec, nullptr, quick({1}));
        QVERIFY(!latency.ok());
        QVERIFY(!latency.error().message.empty());
    }

    // Waiting for somebody else's turn is no part of the time, is told, and leaves the other most of it.
    void othersAreLetThrough() {
        std::atomic<bool> stop{false};
        std::atomic<int> turns{0};
        std::thread other([&] {
            while (!stop) {
                const ComputeGuard guard;
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                ++turns;
            }
        });
        while (turns == 0) std::this_thread::yield();  // it has begun
        const auto latency = measureLatency(tinyNetwork(), nullptr, quick({1}, false));
        stop = true;
        other.join();
        QVERIFY(latency.ok());
        QVERIFY(latency->batches.front().shared);
        QVERIFY2(latency->batches.front().seconds.median < 0.004, qPrintable(QString::number(latency->batches.front().seconds.median)));
        QVERIFY(turns >= 5);
    }
};

QTEST_GUILESS_MAIN(TestLatency)
#include "tst_latency.moc"
