// Many values in a few numbers: of plain values, and of a model on the processor.
#include <QtTest>
#include <cmath>

#include "core/graph/example_network.h"
#include "core/model/value_summary.h"
#include "core/util/spread_values.h"

using namespace convolab;

class TestValueSummary : public QObject {
    Q_OBJECT

  private slots:
    void ofValues() {
        const std::vector<float> values{3.0F, -1.0F, 0.0F, 2.0F, 0.0F, NAN, INFINITY};
        const ValueSummary summary = summaryOf(values);
        QCOMPARE(summary.count, 7);
        QCOMPARE(summary.notFinite, 2);
        QCOMPARE(summary.zeros, 2);
        QCOMPARE(summary.zeroShare(), 2.0 / 7.0);
        QCOMPARE(summary.lowest, -1.0F);
        QCOMPARE(summary.highest, 3.0F);
        QCOMPARE(summary.mean, 0.8);
        QCOMPARE(summary.deviation, std::sqrt(14.0 / 5.0 - 0.64));
        QCOMPARE(summary.norm, std::sqrt(14.0));
    }

    void ofFewOrNone() {
        QCOMPARE(summaryOf({}), ValueSummary{});
        const std::vector<float> broken{NAN};
        QCOMPARE(summaryOf(broken).notFinite, 1);
        QCOMPARE(summaryOf(broken).norm, 0.0);
        const std::vector<float> one{-4.0F};
        QCOMPARE(summaryOf(one).lowest, -4.0F);
        QCOMPARE(summaryOf(one).highest, -4.0F);
        QCOMPARE(summaryOf(one).deviation, 0.0);
    }

    // A spread that is small next to the mean is still seen.
    void smallSpread() {
        const std::vector<float> values{1000.0F, 1000.125F, 999.875F};
        QVERIFY(std::abs(summaryOf(values).deviation - 0.125 * std::sqrt(2.0 / 3.0)) < 1e-6);
    }

    void histograms() {
        const std::vector<float> edges{-1.0F, 0.0F, 0.5F, 2.0F};
        const std::vector<float> values{-1.0F, -0.5F, 0.0F, 0.49F, 0.5F, 2.0F, 2.01F, -1.01F, NAN};
        QCOMPARE(histogramOf(values, edges), (std::vector<std::int64_t>{2, 2, 2}));
        QCOMPARE(evenEdges(-1.0F, 1.0F, 4), (std::vector<float>{-1.0F, -0.5F, 0.0F, 0.5F, 1.0F}));
        QCOMPARE(evenEdges(0.1F, 0.7F, 3).back(), 0.7F);
    }

    void ofAModel() {
        CompileOptions options;
        options.maximumBatch = 4;
        options.training = true;
        const NetworkSpec spec = smallNetworkWithState();
        const auto model = Model::compile(spec, options).value();
        std::vector<ValueSlice> slices;
        std::size_t covered = 0;
        for (const LayerSlice& layer : layerSlices(*model->layout(), ValueSlice::Source::Parameters)) {
            slices.push_back(layer.slice);
            covered += layer.slice.count;
        }
        QCOMPARE(covered, model->layout()->parameterCount);
        const std::vector<ValueSummary> summaries = summariesOf(*model, slices);
        QCOMPARE(summaries.size(), slices.size());
        for (std::size_t i = 0; i < slices.size(); ++i) QCOMPARE(summaries[i], summaryOf(model->parameters().subspan(slices[i].first, slices[i].count)));
    }

    // A channel that is 0 for every image of a batch counts as off.
    void channels() {
        NetworkSpec spec = branchedNetwork();
        const NodeId tap = analyze(spec).order[1];
        CompileOptions options;
        options.maximumBatch = 2;
        options.taps = {tap};
        const auto model = Model::compile(spec, options).value();
        WeightSet weights = model->copyWeights(0);
        std::ranges::fill(weights.parameters, 0.0F);
        QVERIFY(model->bind(weights).ok());
        const auto images = spreadValues<float>(2 * model->inputShape().size(), 3);
        model->forward({images.data(), model->inputShape().withBatch(2)});
        QVERIFY(std::ranges::none_of(activeChannelsOf(*model, tap), [](std::uint8_t on) { return on != 0; }));
        QVERIFY(model->bind(initialWeights(spec, analyze(spec), 1)).ok());
        model->forward({images.data(), model->inputShape().withBatch(2)});
        QVERIFY(std::ranges::any_of(activeChannelsOf(*model, tap), [](std::uint8_t on) { return on != 0; }));
    }
};

QTEST_GUILESS_MAIN(TestValueSummary)
#include "tst_value_summary.moc"
