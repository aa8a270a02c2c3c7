// Modelled energy: Horowitz's table, AlexNet's published crossover to the digit, where weights live, 8-bit operations.
#include <QtTest>

#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
#include "core/measure/energy.h"
#include "core/measure/published_networks.h"

using namespace convolab;

namespace {

using Integers = std::vector<std::int64_t>;

Attributes convolution(std::int64_t filters, std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t groups) {
    return {{"filters", filters},
            {"kernel", Integers{kernel, kernel}},
            {"stride", Integers{stride, stride}},
            {"pads", Integers{pad, pad, pad, pad}},
            {"groups", groups}};
}

// Krizhevsky et al. 2012 without the normalisation, which has no parameters and no MACs.
NetworkSpec alexNetSpec() {
    const Attributes pool{{"kernel", Integers{3, 3}}, {"stride", Integers{2, 2}}};
    return ChainBuilder("AlexNet")
        .input({3, 227, 227})
        .add("conv2d", convolution(96, 11, 4, 0, 1)).relu().add("max_pool", pool)
        .add("conv2d", convolution(256, 5, 1, 2, 2)).relu().add("max_pool", pool)
        .add("conv2d", convolution(384, 3, 1, 1, 1)).relu()
        .add("conv2d", convolution(384, 3, 1, 1, 2)).relu()
        .add("conv2d", convolution(256, 3, 1, 1, 2)).relu().add("max_pool", pool)
        .dense(4096).relu().dropout(0.5)
        .dense(4096).relu().dropout(0.5)
        .classifier(1000)
        .build();
}

std::vector<LayerWork> workOf(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    if (!requireComplete(spec, analysis).ok()) qFatal("%s", requireComplete(spec, analysis).error().sentence().c_str());
    return layerWork(spec, analysis);
}

QString digits(double value, int places) { return QString::number(value, 'f', places); }

LayerWork oneLayer(const char* kind, std::int64_t weights, std::int64_t macs) {
    LayerWork work;
    work.kind = kind;
    work.weights = weights;
    work.macs = macs;
    return work;
}

}  // namespace

class TestEnergy : public QObject {
    Q_OBJECT

  private slots:
    // The digits that the course material prints: weights in DRAM, read once per batch; activations in 8 KB SRAM.
    void alexNetToTheDigit_data() {
        QTest::addColumn<bool>("fromSpec");
        QTest::newRow("from the table of its layers") << false;
        QTest::newRow("from a network") << true;
    }
    void alexNetToTheDigit() {
        QFETCH(bool, fromSpec);
        const std::vector<LayerWork> work = fromSpec ? workOf(alexNetSpec()) : alexNet2012();
        const EnergyModel one = modelEnergy(work, {WeightHome::Dram, 1});
        QCOMPARE(digits(1e3 * one.dense, 1), QStringLiteral("37.8"));
        QCOMPARE(digits(1e3 * one.convolutions, 1), QStringLiteral("4.6"));
        const EnergyModel many = modelEnergy(work, {WeightHome::Dram, 48});
        QCOMPARE(digits(1e3 * many.convolutions, 2), QStringLiteral("3.10"));
        QCOMPARE(digits(1e3 * many.dense, 2), QStringLiteral("1.05"));
        QCOMPARE(convolutionsLeadFrom(work, WeightHome::Dram), std::optional<std::int64_t>(13));
    }

    void theTableIsTheNetwork() {
        std::vector<LayerWork> spec = workOf(alexNetSpec());
        std::erase_if(spec, [](const LayerWork& work) { return work.macs == 0; });
        const std::vector<LayerWork> table = alexNet2012();
        QCOMPARE(spec.size(), table.size());
        std::int64_t parameters = 0, macs = 0;
        for (std::size_t i = 0; i < table.size(); ++i) {
            QCOMPARE(spec[i].macs, table[i].macs);
            QCOMPARE(spec[i].weights, table[i].weights);
            QCOMPARE(spec[i].inputs, table[i].inputs);
            QCOMPARE(spec[i].outputs, table[i].outputs);
            QVERIFY(spec[i].output == table[i].output);
            parameters += table[i].parameters;
            macs += table[i].macs;
        }
        QCOMPARE(parameters, std::int64_t{60'965'224});
        QCOMPARE(macs, std::int64_t{724'406'816});
    }

    // One MAC, one weight: nothing but the table's numbers, in picojoules.
    void eachPriceStandsInTheTable_data() {
        QTest::addColumn<int>("home");
        QTest::addColumn<double>("read");
        QTest::newRow("DRAM") << static_cast<int>(WeightHome::Dram) << 640.0;
        QTest::newRow("1 MB") << static_cast<int>(WeightHome::Sram1M) << 50.0;
        QTest::newRow("32 KB") << static_cast<int>(WeightHome::Sram32K) << 10.0;
        QTest::newRow("8 KB") << static_cast<int>(WeightHome::Sram8K) << 5.0;
    }
    void eachPriceStandsInTheTable() {
        QFETCH(int, home);
        QFETCH(double, read);
        LayerWork work = oneLayer("dense", 1, 1);
        const EnergyModel model = modelEnergy(std::span(&work, 1), {static_cast<WeightHome>(home), 1});
        QCOMPARE(1e12 * model.layers[0].weights, read);
        QCOMPARE(1e12 * model.layers[0].arithmetic, 3.7 + 0.9);
        QCOMPARE(1e12 * model.total(), read + 4.6);
        work.weightBits = work.valueBits = 8;
        const EnergyModel integers = modelEnergy(std::span(&work, 1), {static_cast<WeightHome>(home), 1});
        QCOMPARE(1e12 * integers.layers[0].weights, read / 4.0);
        QCOMPARE(1e12 * integers.layers[0].arithmetic, 0.2 + 0.1);
    }

    void aBatchReadsTheWeightsOnce() {
        LayerWork work = oneLayer("conv2d", 100, 7);
        work.inputs = 10;
        work.outputs = 20;
        const EnergyModel one = modelEnergy(std::span(&work, 1), {WeightHome::Dram, 1});
        const EnergyModel ten = modelEnergy(std::span(&work, 1), {WeightHome::Dram, 10});
        QCOMPARE(ten.layers[0].weights, one.layers[0].weights / 10.0);
        QCOMPARE(ten.layers[0].arithmetic, one.layers[0].arithmetic);
        QCOMPARE(ten.layers[0].activations, one.layers[0].activations);
        QCOMPARE(1e12 * one.layers[0].activations, 30 * 5.0);
        QCOMPARE(work.bytesMoved(10), std::int64_t{4 * (100 + 10 * 30)});
    }

    void bySizePicksTheSmallestThatHolds_data() {
        QTest::addColumn<double>("bytes");
        QTest::addColumn<int>("level");
        QTest::newRow("8 KB") << 8192.0 << static_cast<int>(WeightHome::Sram8K);
        QTest::newRow("a byte more") << 8193.0 << static_cast<int>(WeightHome::Sram32K);
        QTest::newRow("1 MB") << 1048576.0 << static_cast<int>(WeightHome::Sram1M);
        QTest::newRow("beyond") << 1048577.0 << static_cast<int>(WeightHome::Dram);
    }
    void bySizePicksTheSmallestThatHolds() {
        QFETCH(double, bytes);
        QFETCH(int, level);
        QCOMPARE(static_cast<int>(levelThatHolds(WeightHome::BySize, bytes)), level);
        QCOMPARE(levelThatHolds(WeightHome::Dram, bytes), WeightHome::Dram);
    }

    void networksOfOneKindHaveNoCrossover() {
        QVERIFY(!convolutionsLeadFrom(workOf(*makePreset("mlp-512-256")), WeightHome::Dram).has_value());
        QVERIFY(convolutionsLeadFrom(workOf(*makePreset("conv20-conv50")), WeightHome::Dram).has_value());
    }

    void namesAreReadBack() {
        for (const WeightHome home : weightHomes()) QVERIFY(*weightHomeFromName(weightHomeName(home)) == home);
        const auto wrong = weightHomeFromName("drum");
        QVERIFY(!wrong.ok());
        QVERIFY(QString::fromStdString(wrong.error().sentence()).contains("dram"));
    }

    // The layers of the LeNet-like network as they run: ReLU inside, flatten nowhere, all MACs and parameters there.
    void workCountsWhatRuns() {
        const NetworkSpec spec = *makePreset("lenet-like");
        const std::vector<LayerWork> work = workOf(spec);
        std::int64_t parameters = 0, macs = 0;
        QStringList names;
        for (const LayerWork& layer : work) {
            parameters += layer.parameters;
            macs += layer.macs;
            names << QString::fromStdString(layer.name);
        }
        QCOMPARE(parameters, std::int64_t{81'194});
        QCOMPARE(macs, std::int64_t{274'656});
        QCOMPARE(names.join(' '), QStringLiteral("Input Conv 1 Pool 1 Conv 2 Pool 2 Dense 1 Dense 2 Dense 3 Softmax 1"));
        const LayerWork& conv = work[1];
        QCOMPARE(conv.joined.size(), std::size_t{1});
        QCOMPARE(conv.bytesMoved(1), std::int64_t{4 * (60 + 32 * 32 + 6 * 30 * 30)});
        QCOMPARE(conv.flopPerByte(1), 2.0 * 48'600 / (4.0 * (60 + 1024 + 5400)));
    }
};

QTEST_GUILESS_MAIN(TestEnergy)
#include "tst_energy.moc"
