// Values written out: against the fast tiers on random probes, the worked examples of courses, arithmetic by
// hand.
#include <QtTest>
#include <map>

#include "core/inspect/microscope.h"
#include "tests/core/inspect_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr const char* kNetworks[] = {"lenet-like", "conv20-conv50", "residual", "mixed", "windows"};
constexpr int kProbesPerNetwork = 2500;

struct Case {
    NetworkSpec spec;
    ActivationSnapshotPtr snapshot;

    explicit Case(const std::string& name)
        : spec(inspectedNetwork(name)),
          snapshot(snapshotOf(spec, std::make_shared<WeightSet>(livelyWeights(spec)))) {}

    double at(const ValueRef& value) const {
        const Tensor& output = snapshot->outputs.at(value.node);
        const Shape& shape = output.shape();
        return output.data()[(value.channel * shape.height() + value.row) * shape.width() + value.column];
    }
    /// The largest magnitude in the layer's output.
    double scale(NodeId node) const {
        double largest = 1e-30;
        for (const float value : snapshot->outputs.at(node).span()) {
            largest = std::max(largest, std::abs(static_cast<double>(value)));
        }
        return largest;
    }
    ValueExplanation explain(const ValueRef& value, bool flipped = false) const {
        auto explanation = explainValue(spec, *snapshot, value, flipped);
        if (!explanation.ok()) throw std::runtime_error(explanation.error().sentence());
        return std::move(explanation).value();
    }
    NodeId id(const std::string& name) const { return spec.nodeByName(name)->id; }
};

ValueRef randomPlace(const Case& network, RandomSequence& random) {
    std::vector<NodeId> layers;
    for (const auto& [node, output] : network.snapshot->outputs) {
        if (network.spec.node(node)->kind != "input") layers.push_back(node);
    }
    const auto below = [&](std::int64_t bound) {
        return static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(bound)));
    };
    const NodeId node = layers[static_cast<std::size_t>(below(static_cast<std::int64_t>(layers.size())))];
    const Shape& shape = network.snapshot->outputs.at(node).shape();
    return {node, below(shape.channels()), below(shape.height()), below(shape.width())};
}

double sumOf(const std::vector<float>& values) {
    double sum = 0.0;
    for (const float value : values) sum += value;
    return sum;
}

void addNetworks() {
    QTest::addColumn<QString>("network");
    for (const char* name : kNetworks) QTest::newRow(name) << QString(name);
}

}  // namespace

class TestMicroscope : public QObject {
    Q_OBJECT

  private slots:
    void equalsTheFastTier_data() { addNetworks(); }
    void equalsTheFastTier() {
        QFETCH(QString, network);
        const Case layers(network.toStdString());
        RandomSequence random(11, RandomStreamId::Analysis);
        std::map<std::string, int> kinds;
        for (int probe = 0; probe < kProbesPerNetwork; ++probe) {
            const ValueRef place = randomPlace(layers, random);
            const ValueExplanation explanation = layers.explain(place);
            const Node& node = *layers.spec.node(place.node);
            ++kinds[node.kind];
            QVERIFY(explanation.value == place);
            const double error = std::abs(explanation.result - layers.at(place)) / layers.scale(place.node);
            QVERIFY2(error <= 1e-5, qPrintable(QString("%1: %2").arg(node.name.c_str()).arg(error)));
            for (const auto& [name, value] : explanation.docked) {
                const ValueRef behind{layers.id(name), place.channel, place.row, place.column};
                const double dockedError = std::abs(value - layers.at(behind)) / layers.scale(behind.node);
                QVERIFY2(dockedError <= 1e-5,
                         qPrintable(QString("behind %1: %2").arg(name.c_str()).arg(dockedError)));
            }
            QVERIFY(explanation.sentence.find('=') != std::string::npos || !explanation.sources.empty());
        }
        QVERIFY(kinds["conv2d"] > 100 && kinds["dense"] > 50);
    }

    // The parts shown add up to the value shown.
    void partsAddUp_data() { addNetworks(); }
    void partsAddUp() {
        QFETCH(QString, network);
        const Case layers(network.toStdString());
        RandomSequence random(12, RandomStreamId::Analysis);
        for (int probe = 0; probe < 300; ++probe) {
            const ValueExplanation explanation = layers.explain(randomPlace(layers, random));
            const double bias = explanation.bias.value_or(0.0);
            if (explanation.kind == ValueExplanation::Kind::Convolution) {
                double sum = 0.0;
                for (const ChannelTerm& term : explanation.channels) {
                    QVERIFY(std::abs(sumOf(term.products.values) - term.sum) < 1e-5);
                    for (std::size_t i = 0; i < term.patch.values.size(); ++i) {
                        QCOMPARE(term.products.values[i], term.patch.values[i] * term.kernel.values[i]);
                        if (term.patch.padding[i]) QCOMPARE(term.patch.values[i], 0.0F);
                    }
                    sum += term.sum;
                }
                QVERIFY(std::abs(sum - explanation.sum) < 1e-9);
                QVERIFY(std::abs(explanation.sum + bias - explanation.result) < 1e-9);
            }
            if (explanation.kind == ValueExplanation::Kind::Dense) {
                double sum = 0.0;
                for (const DenseTerm& term : explanation.dense) {
                    QVERIFY(std::abs(term.product - static_cast<double>(term.value) * term.weight) < 1e-12);
                    sum += term.product;
                }
                QVERIFY(std::abs(sum + bias - explanation.result) < 1e-9);
            }
        }
    }

    void partialMapsAndBiasAreTheMap_data() { addNetworks(); }
    void partialMapsAndBiasAreTheMap() {
        QFETCH(QString, network);
        const Case layers(network.toStdString());
        for (const Node& node : layers.spec.nodes()) {
            if (node.kind != "conv2d") continue;
            const Shape shape = layers.snapshot->outputs.at(node.id).shape();
            const std::int64_t channel = shape.channels() - 1;
            const Tensor maps = partialMaps(layers.spec, *layers.snapshot, node.id, channel).value();
            const auto plane = static_cast<std::size_t>(shape.height() * shape.width());
            const double bias = layers.explain({node.id, channel, 0, 0}).bias.value_or(0.0);
            for (std::size_t i = 0; i < plane; ++i) {
                double sum = bias;
                for (std::int64_t c = 0; c < maps.shape()[0]; ++c)
                    sum += maps.data()[static_cast<std::size_t>(c) * plane + i];
                const auto row = static_cast<std::int64_t>(i) / shape.width();
                const auto column = static_cast<std::int64_t>(i) % shape.width();
                QVERIFY(std::abs(sum - layers.at({node.id, channel, row, column})) <=
                        1e-5 * layers.scale(node.id));
            }
        }
    }

    void flippedIsTheKernelTurned() {
        const Case layers("mixed");
        const NodeId conv = layers.id("Conv 2");
        const ValueRef place{conv, 7, 5, 6};
        const ValueExplanation plain = layers.explain(place);
        const ValueExplanation flipped = layers.explain(place, true);
        QVERIFY(std::abs(plain.result - flipped.result) > 1e-4);
        for (std::size_t c = 0; c < plain.channels.size(); ++c) {
            std::vector<float> turned = plain.channels[c].kernel.values;
            std::reverse(turned.begin(), turned.end());
            QVERIFY(turned == flipped.channels[c].kernel.values);
            QVERIFY(plain.channels[c].patch.values == flipped.channels[c].patch.values);
        }
        QCOMPARE(flipped.bias, plain.bias);
        const Tensor maps = partialMaps(layers.spec, *layers.snapshot, conv, 7, true).value();
        const std::int64_t plane = maps.shape()[1] * maps.shape()[2];
        double sum = flipped.bias.value_or(0.0);
        for (std::int64_t c = 0; c < maps.shape()[0]; ++c)
            sum += maps.data()[c * plane + 5 * maps.shape()[2] + 6];
        QVERIFY(std::abs(sum - flipped.result) < 1e-5);
        // Only convolutions have something to flip.
        const ValueRef dense{layers.id("Dense 1"), 3, 0, 0};
        QCOMPARE(layers.explain(dense, true).result, layers.explain(dense).result);
    }

    void groupsSeeTheirOwnChannels() {
        const Case layers("mixed");
        const ValueExplanation grouped =
            layers.explain({layers.id("Conv 2"), 9, 0, 0});  // 12 filters, 3 groups
        QCOMPARE(grouped.channels.size(), std::size_t{4});
        QCOMPARE(grouped.channels.front().inputChannel, std::int64_t{8});
        QCOMPARE(grouped.channels.front().patch.padding[0], true);
        QCOMPARE(grouped.channels.front().patch.padding[4], false);
    }

    void otherLayersSayWhereTheirValueComesFrom() {
        const Case mixed("mixed");
        // Concat: 12 maps of Leaky ReLU 1, then 20 of Sigmoid 1.
        const ValueExplanation joined = mixed.explain({mixed.id("Concat 1"), 15, 2, 3});
        QCOMPARE(joined.sources.size(), std::size_t{1});
        QVERIFY((joined.sources.front() == ValueRef{mixed.id("Sigmoid 1"), 3, 2, 3}));
        const Shape pooled = mixed.snapshot->outputs.at(mixed.id("Max pool 1")).shape();
        const std::int64_t plane = pooled.height() * pooled.width();
        const ValueExplanation flat =
            mixed.explain({mixed.id("Flatten 1"), 3 * plane + pooled.width() - 1, 0, 0});
        QVERIFY((flat.sources.front() == ValueRef{mixed.id("Max pool 1"), 3, 0, pooled.width() - 1}));
        const Case residual("residual");
        const ValueExplanation added = residual.explain({residual.id("Add 1"), 2, 3, 4});
        QCOMPARE(added.sources.size(), std::size_t{2});
        QCOMPARE(added.steps.size(), std::size_t{2});
        QVERIFY(std::abs(added.steps[0].second + added.steps[1].second - added.result) < 1e-12);
        QCOMPARE(added.docked.size(), std::size_t{1});
    }

    void batchNormAndSoftmaxShowTheirSteps() {
        const Case layers("residual");
        const ValueExplanation norm = layers.explain({layers.id("Batch norm 1"), 5, 7, 7});
        std::map<std::string, double> step(norm.steps.begin(), norm.steps.end());
        const double expected =
            step["scale"] * (step["input"] - step["mean"]) / std::sqrt(step["variance"] + 1e-5) +
            step["shift"];
        QVERIFY(std::abs(norm.result - expected) < 1e-12);
        QVERIFY(step["variance"] != 1.0 && step["mean"] != 0.0);
        const ValueExplanation softmax = layers.explain({layers.id("Softmax 1"), 4, 0, 0});
        QCOMPARE(softmax.dense.size(), std::size_t{10});
        double sum = 0.0;
        for (const DenseTerm& term : softmax.dense) sum += term.product;
        QVERIFY(std::abs(softmax.dense[4].product / sum - softmax.result) < 1e-12);
        QVERIFY(std::abs(softmax.result - layers.snapshot->probabilities[4]) < 1e-6);
    }

    void refusesWhatIsNotThere() {
        const Case layers("lenet-like");
        const auto code = [&](const ValueRef& value) {
            return explainValue(layers.spec, *layers.snapshot, value).error();
        };
        const NodeId conv = layers.id("Conv 1");
        QCOMPARE(code({layers.id("Input"), 0, 0, 0}).code, ErrorCode::Unsupported);
        QCOMPARE(code({layers.id("Input"), 0, 0, 0}).node, std::string("Input"));
        QCOMPARE(code({NodeId{999}, 0, 0, 0}).code, ErrorCode::NotFound);
        QCOMPARE(code({conv, 6, 0, 0}).code, ErrorCode::InvalidArgument);
        QVERIFY(code({conv, 6, 0, 0}).message.find("map 6, they are counted from 0 to 5") !=
                std::string::npos);
        QCOMPARE(code({conv, 0, 30, 0}).code, ErrorCode::InvalidArgument);
        QCOMPARE(code({conv, 0, 0, -1}).code, ErrorCode::InvalidArgument);
        QCOMPARE(partialMaps(layers.spec, *layers.snapshot, layers.id("Dense 1"), 0).error().code,
                 ErrorCode::Unsupported);
        // Weights of another network in the snapshot.
        ActivationSnapshot stale;
        for (const auto& [node, output] : layers.snapshot->outputs) stale.outputs[node] = output.clone();
        stale.weights = std::make_shared<WeightSet>(livelyWeights(inspectedNetwork("residual")));
        QCOMPARE(explainValue(layers.spec, stale, {conv, 0, 0, 0}).error().code, ErrorCode::NotFound);
        stale.outputs.erase(layers.id("Input"));
        QCOMPARE(explainValue(layers.spec, stale, {conv, 0, 0, 0}).error().code, ErrorCode::NotFound);
    }

    void hoveringIsQuick() {
        const Case layers("lenet-like");
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 100; ++i) layers.explain({layers.id("Conv 2"), i % 16, i % 13, 5});
        QVERIFY2(timer.elapsed() < 400, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_GUILESS_MAIN(TestMicroscope)
#include "tst_microscope.moc"
