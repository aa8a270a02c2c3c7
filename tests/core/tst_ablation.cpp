// Channels switched off: really silent, equal to a network changed by hand, and the given weights untouched.
#include <QtTest>

#include "core/inspect/ablation.h"
#include "tests/core/inspect_case.h"
#include "tests/core/spec_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

ChannelRef channelOf(const NetworkSpec& spec, const std::string& layer, std::int64_t channel) {
    return {idOf(spec, layer), channel};
}

/// `count` values from `first` on.
void zero(WeightSet& weights, NodeId node, const std::string& name, std::int64_t first, std::int64_t count) {
    const ParameterEntry* entry = weights.layout->find(node, name);
    std::fill_n(weights.parameters.begin() + static_cast<std::ptrdiff_t>(entry->offset) + first, count, 0.0F);
}

double largestIn(const ActivationSnapshot& snapshot, const ChannelRef& channel) {
    const Tensor& output = snapshot.outputs.at(channel.node);
    const std::int64_t plane = output.size() / output.shape().channels();
    double largest = 0.0;
    for (std::int64_t i = 0; i < plane; ++i) {
        largest =
            std::max(largest, std::abs(static_cast<double>(output.data()[channel.channel * plane + i])));
    }
    return largest;
}

ActivationSnapshotPtr without(const NetworkSpec& spec, const WeightSet& weights,
                              const std::vector<ChannelRef>& channels) {
    auto off = withChannelsOff(spec, weights, channels);
    if (!off.ok()) throw std::runtime_error(off.error().sentence());
    return snapshotOf(spec, std::make_shared<WeightSet>(std::move(off).value()));
}

}  // namespace

class TestAblation : public QObject {
    Q_OBJECT

  private slots:
    void theMapBehindTheActivationIsZero_data() {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("layer");
        QTest::addColumn<QString>("behind");
        QTest::newRow("relu") << "lenet-like"
                              << "Conv 2"
                              << "ReLU 2";
        QTest::newRow("dense") << "lenet-like"
                               << "Dense 1"
                               << "ReLU 3";
        QTest::newRow("batch norm") << "residual"
                                    << "Conv 2"
                                    << "ReLU 2";
        QTest::newRow("tanh") << "mixed"
                              << "Conv 1"
                              << "Tanh 1";
        QTest::newRow("grouped, leaky") << "mixed"
                                        << "Conv 2"
                                        << "Leaky ReLU 1";
        QTest::newRow("sigmoid with bias") << "mixed"
                                           << "Conv 3"
                                           << "Sigmoid 1";
        QTest::newRow("depthwise, batch norm, sigmoid") << "windows"
                                                        << "Conv 3"
                                                        << "Sigmoid 1";
        QTest::newRow("dense, batch norm") << "windows"
                                           << "Dense 1"
                                           << "ReLU 1";
    }
    void theMapBehindTheActivationIsZero() {
        QFETCH(QString, network);
        QFETCH(QString, layer);
        QFETCH(QString, behind);
        const NetworkSpec spec = inspectedNetwork(network.toStdString());
        const WeightSet weights = livelyWeights(spec);
        const ChannelRef source = channelOf(spec, layer.toStdString(), 5);
        const ChannelRef shown = channelOf(spec, behind.toStdString(), 5);
        const ChannelRef neighbour = channelOf(spec, behind.toStdString(), 4);
        const auto clean = snapshotOf(spec, std::make_shared<WeightSet>(weights));
        QVERIFY(largestIn(*clean, channelOf(spec, layer.toStdString(), 5)) > 0.0);
        for (const ChannelRef& clicked : {source, shown}) {
            const auto off = without(spec, weights, {clicked});
            QCOMPARE(largestIn(*off, shown), 0.0);
            QCOMPARE(largestIn(*off, neighbour), largestIn(*clean, neighbour));
        }
        QVERIFY(sameWeights(weights, livelyWeights(spec)));
    }

    void equalsANetworkChangedByHand() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSet weights = livelyWeights(spec);
        const auto clean = snapshotOf(spec, std::make_shared<WeightSet>(weights));
        std::int64_t channel = 0;  // one that the image excites
        while (largestIn(*clean, channelOf(spec, "ReLU 1", channel)) < 0.1) ++channel;
        WeightSet byHand = weights;
        zero(byHand, spec.nodeByName("Conv 1")->id, "weight", channel * 9, 9);
        zero(byHand, spec.nodeByName("Conv 1")->id, "bias", channel, 1);
        const WeightSet off =
            withChannelsOff(spec, weights, std::vector{channelOf(spec, "Conv 1", channel)}).value();
        QVERIFY(sameWeights(off, byHand));
        // What the next layer hears is the same as if it did not listen to that map.
        WeightSet deaf = weights;
        for (std::int64_t filter = 0; filter < 16; ++filter) {
            zero(deaf, spec.nodeByName("Conv 2")->id, "weight", (filter * 6 + channel) * 9, 9);
        }
        const auto silent = snapshotOf(spec, std::make_shared<WeightSet>(off));
        const auto unheard = snapshotOf(spec, std::make_shared<WeightSet>(deaf));
        QVERIFY(relativeDistance(silent->logits, unheard->logits) < 1e-6);
        QVERIFY(relativeDistance(silent->logits, clean->logits) > 1e-3);
    }

    void batchNormIsSilencedToo() {
        const NetworkSpec spec = inspectedNetwork("residual");
        const WeightSet weights = livelyWeights(spec);
        WeightSet byHand = weights;
        zero(byHand, spec.nodeByName("Conv 2")->id, "weight", 7 * 16 * 9, 16 * 9);
        zero(byHand, spec.nodeByName("Batch norm 2")->id, "weight", 7, 1);
        zero(byHand, spec.nodeByName("Batch norm 2")->id, "bias", 7, 1);
        QVERIFY(sameWeights(
            withChannelsOff(spec, weights, std::vector{channelOf(spec, "Batch norm 2", 7)}).value(), byHand));
    }

    void severalChannelsAndNone() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        const WeightSet weights = livelyWeights(spec);
        const std::vector<ChannelRef> channels{channelOf(spec, "Conv 1", 0), channelOf(spec, "Conv 2", 15),
                                               channelOf(spec, "Pool 1", 2)};
        const auto off = without(spec, weights, channels);
        QCOMPARE(largestIn(*off, channelOf(spec, "ReLU 1", 0)), 0.0);
        QCOMPARE(largestIn(*off, channelOf(spec, "ReLU 1", 2)), 0.0);
        QVERIFY(largestIn(*off, channelOf(spec, "ReLU 1", 1)) > 0.0);
        QCOMPARE(largestIn(*off, channelOf(spec, "ReLU 2", 15)), 0.0);
        QVERIFY(sameWeights(withChannelsOff(spec, weights, {}).value(), weights));
    }

    void sourcesAreFound() {
        const NetworkSpec mixed = inspectedNetwork("mixed");
        const auto source = [&](const char* layer, std::int64_t channel) {
            return channelSource(mixed, channelOf(mixed, layer, channel)).value();
        };
        QVERIFY(source("Max pool 1", 17) == channelOf(mixed, "Conv 4", 17));
        QVERIFY(source("Concat 1", 11) == channelOf(mixed, "Conv 2", 11));
        QVERIFY(source("Average pool 1", 12) == channelOf(mixed, "Conv 3", 0));
        QVERIFY(source("Dropout 1", 29) == channelOf(mixed, "Dense 1", 29));
        QVERIFY(source("Conv 1", 0) == channelOf(mixed, "Conv 1", 0));
    }

    void channelsWithoutASingleSource_data() {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("layer");
        QTest::addColumn<int>("channel");
        QTest::addColumn<QString>("named");
        QTest::newRow("input") << "mixed"
                               << "Input" << 0 << "Input";
        QTest::newRow("flattened maps") << "mixed"
                                        << "Flatten 1" << 0 << "Flatten 1";
        QTest::newRow("softmax") << "mixed"
                                 << "Output" << 0 << "Softmax 1";
        QTest::newRow("sum of two") << "residual"
                                    << "ReLU 3" << 0 << "Add 1";
        QTest::newRow("out of range") << "mixed"
                                      << "Conv 1" << 12 << "Conv 1";
        QTest::newRow("below 0") << "mixed"
                                 << "Conv 1" << -1 << "Conv 1";
    }
    void channelsWithoutASingleSource() {
        QFETCH(QString, network);
        QFETCH(QString, layer);
        QFETCH(int, channel);
        QFETCH(QString, named);
        const NetworkSpec spec = inspectedNetwork(network.toStdString());
        const ChannelRef ref = channelOf(spec, layer.toStdString(), channel);
        const auto source = channelSource(spec, ref);
        QVERIFY(!source.ok());
        QCOMPARE(QString::fromStdString(source.error().node), named);
        QVERIFY(!withChannelsOff(spec, livelyWeights(spec), std::vector{ref}).ok());
    }

    void aSigmoidWithoutAnyShiftIsRefused() {
        const NetworkSpec spec = ChainBuilder("Sigmoid")
                                     .input({1, 8, 8})
                                     .add("conv2d", {{"bias", false}})
                                     .add("sigmoid")
                                     .classifier(3)
                                     .build();
        const auto off =
            withChannelsOff(spec, livelyWeights(spec), std::vector{channelOf(spec, "Conv 1", 0)});
        QVERIFY(!off.ok());
        QCOMPARE(off.error().code, ErrorCode::Unsupported);
        QCOMPARE(off.error().node, std::string("Sigmoid 1"));
        const auto foreign = withChannelsOff(spec, livelyWeights(inspectedNetwork("residual")),
                                             std::vector{channelOf(spec, "Dense 1", 0)});
        QVERIFY(!foreign.ok());
        QCOMPARE(foreign.error().code, ErrorCode::ShapeMismatch);
    }
};

QTEST_GUILESS_MAIN(TestAblation)
#include "tst_ablation.moc"
