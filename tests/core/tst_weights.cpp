// Layout of the flat buffers, initialisers, and weights that survive surgery.
#include <QtTest>

#include "core/graph/chain_builder.h"
#include "tests/core/network_examples.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr std::int64_t kIn = 600;
constexpr std::int64_t kOut = 400;

struct Moments {
    double mean = 0.0, variance = 0.0, largest = 0.0;
};

Moments momentsOf(std::span<const float> values) {
    Moments moments;
    for (const float v : values) {
        moments.mean += v;
        moments.variance += static_cast<double>(v) * v;
        moments.largest = std::max(moments.largest, std::abs(static_cast<double>(v)));
    }
    moments.mean /= static_cast<double>(values.size());
    moments.variance = moments.variance / static_cast<double>(values.size()) - moments.mean * moments.mean;
    return moments;
}

NetworkSpec denseNetwork(const std::string& init) {
    return ChainBuilder("dense").input(Shape{kIn}).add("dense", {{"units", kOut}, {"init", init}}).add("output").build();
}

}  // namespace

class TestWeights : public QObject {
    Q_OBJECT

  private slots:
    void layoutFollowsExecution() {
        const NetworkSpec spec = residualNetwork();
        const ParameterLayout layout = makeParameterLayout(spec, analyze(spec));
        std::size_t parameters = 0;
        std::size_t statistics = 0;
        for (const ParameterEntry& entry : layout.entries) {
            std::size_t& count = entry.spec.trainable ? parameters : statistics;
            QCOMPARE(entry.offset, count);
            count += static_cast<std::size_t>(entry.spec.shape.size());
            QVERIFY(layout.find(entry.node, entry.spec.name) == &entry);
        }
        QCOMPARE(layout.parameterCount, parameters);
        QCOMPARE(layout.statisticCount, statistics);
        QCOMPARE(static_cast<std::int64_t>(parameters), analyze(spec).total.parameters);
        QVERIFY(layout.find({1}, "nothing") == nullptr);
    }

    void distributions_data() {
        QTest::addColumn<QString>("init");
        QTest::addColumn<double>("variance");
        const double in = kIn;
        const double out = kOut;
        QTest::newRow("he_uniform") << QString("he_uniform") << 2.0 / in;
        QTest::newRow("he_normal") << QString("he_normal") << 2.0 / in;
        QTest::newRow("xavier_uniform") << QString("xavier_uniform") << 2.0 / (in + out);
        QTest::newRow("xavier_normal") << QString("xavier_normal") << 2.0 / (in + out);
        QTest::newRow("lecun_uniform") << QString("lecun_uniform") << 1.0 / in;
        QTest::newRow("lecun_normal") << QString("lecun_normal") << 1.0 / in;
        QTest::newRow("torch_uniform") << QString("torch_uniform") << 1.0 / (3.0 * in);  // torch.nn.Linear: U(±1/√in)
    }
    void distributions() {
        QFETCH(QString, init);
        QFETCH(double, variance);
        const NetworkSpec spec = denseNetwork(init.toStdString());
        const Analysis analysis = analyze(spec);
        const WeightSet weights = initialWeights(spec, analysis, 11);
        const ParameterEntry& weight = weights.layout->entries.at(0);
        const ParameterEntry& bias = weights.layout->entries.at(1);
        const Moments moments = momentsOf(weights.values(weight));
        // 240,000 draws: mean within 5 standard errors, variance within 1.5 %.
        QVERIFY(std::abs(moments.mean) < 5.0 * std::sqrt(variance / 240000.0));
        QVERIFY2(std::abs(moments.variance / variance - 1.0) < 0.015, qPrintable(QString::number(moments.variance / variance)));
        const double bound = std::sqrt(3.0 * variance);
        if (init.endsWith("uniform")) QVERIFY(moments.largest <= bound * 1.000001 && moments.largest > 0.999 * bound);
        else QVERIFY(moments.largest > 3.5 * std::sqrt(variance));
        QCOMPARE(momentsOf(weights.values(bias)).largest, 0.0);
        QVERIFY(initialWeights(spec, analysis, 11).parameters == weights.parameters);
        QVERIFY(initialWeights(spec, analysis, 12).parameters != weights.parameters);
    }

    void normStartsAsIdentity() {
        const NetworkSpec spec = residualNetwork();
        const WeightSet weights = initialWeights(spec, analyze(spec), 1);
        for (const ParameterEntry& entry : weights.layout->entries) {
            const bool one = entry.spec.role == ParameterRole::Scale || entry.spec.role == ParameterRole::RunningVariance;
            if (entry.spec.role == ParameterRole::Weight) continue;
            for (const float value : weights.values(entry)) QCOMPARE(value, one ? 1.0F : 0.0F);
        }
    }

    void slopesStartWhereTheLayerSays() {
        const NetworkSpec spec = ChainBuilder("slopes").input({2, 4, 4}).add("prelu", {{"per_channel", true}})
                                     .add("prelu", {{"initial", -0.5}}).add("output").build();
        const WeightSet weights = initialWeights(spec, analyze(spec), 1);
        QCOMPARE(weights.parameters, (std::vector<float>{0.25F, 0.25F, -0.5F}));
    }

    void equalLayersStartDifferently() {
        const NetworkSpec spec = residualNetwork();
        const WeightSet weights = initialWeights(spec, analyze(spec), 1);
        std::vector<std::vector<float>> tensors;
        for (const ParameterEntry& entry : weights.layout->entries) {
            if (entry.spec.role != ParameterRole::Weight || entry.spec.shape != (Shape{16, 16, 3, 3})) continue;
            const auto values = weights.values(entry);
            tensors.emplace_back(values.begin(), values.end());
        }
        QVERIFY(tensors.size() >= 2);
        QVERIFY(tensors[0] != tensors[1]);
    }

    void surgeryKeepsWhatFits() {
        NetworkSpec spec = ChainBuilder("n").input({1, 8, 8}).conv({.filters = 4}).relu().conv({.filters = 6}).relu().classifier(3).build();
        const WeightSet old = initialWeights(spec, analyze(spec), 1);
        const NodeId first = spec.nodeByName("conv 1")->id;
        const NodeId second = spec.nodeByName("conv 2")->id;
        spec.setAttribute(second, "filters", std::int64_t{7});
        const WeightSet fresh = initialWeights(spec, analyze(spec), 2);
        const WeightSet carried = carriedOver(old, fresh);
        const auto equal = [](std::span<const float> a, std::span<const float> b) { return std::ranges::equal(a, b); };
        QVERIFY(equal(carried.values(*carried.layout->find(first, "weight")), old.values(*old.layout->find(first, "weight"))));
        QVERIFY(equal(carried.values(*carried.layout->find(second, "weight")), fresh.values(*fresh.layout->find(second, "weight"))));
        QVERIFY(carriedOver(WeightSet{}, fresh).parameters == fresh.parameters);
    }
};

QTEST_GUILESS_MAIN(TestWeights)
#include "tst_weights.moc"
