// What one image does in a network, and a whole split: against the plain model, evaluate() and arithmetic by
// hand.
#include <QtTest>

#include "core/inspect/predictions.h"
#include "core/train/training_loop.h"
#include "core/util/check.h"
#include "tests/core/inspect_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

WeightSetPtr shared(WeightSet weights) { return std::make_shared<const WeightSet>(std::move(weights)); }

WeightSet trained(const NetworkSpec& spec, const DatasetPtr& data) {
    auto loop = TrainingLoop::create(spec, data, tinyRecipe());
    while (!(*loop)->finished()) static_cast<void>((*loop)->runStep());
    return *(*loop)->publish();
}

}  // namespace

class TestActivations : public QObject {
    Q_OBJECT

  private slots:
    void everyLayerIsThere_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"lenet-like", "residual", "mixed", "windows"})
            QTest::newRow(name) << QString(name);
    }
    void everyLayerIsThere() {
        QFETCH(QString, network);
        const NetworkSpec spec = inspectedNetwork(network.toStdString());
        const WeightSetPtr weights = shared(livelyWeights(spec));
        const Tensor image = randomImage(*analyze(spec).inputShape);
        const auto snapshot = snapshotOf(spec, weights, &image);
        CompileOptions options;
        options.maximumBatch = 1;
        for (const Node& node : spec.nodes()) options.taps.push_back(node.id);
        options.fastestTier = Tier::Reference;
        const auto model = Model::compile(spec, options).value();
        QVERIFY(model->bind(*weights).ok());
        model->forward({image.data(), image.shape().withBatch(1)});
        QCOMPARE(snapshot->outputs.size(), spec.nodes().size());
        for (const auto& [node, values] : snapshot->outputs) {
            QVERIFY(relativeDistance(values.span(), model->tap(node).span()) <= 1e-5);
            QVERIFY(values.shape() == *analyze(spec).find(node)->output);
        }
        QVERIFY(relativeDistance(snapshot->logits, model->logits().span()) <= 1e-5);
        const auto largest = std::max_element(snapshot->logits.begin(), snapshot->logits.end());
        QCOMPARE(snapshot->predicted, static_cast<int>(largest - snapshot->logits.begin()));
        QVERIFY(std::equal(image.span().begin(), image.span().end(), snapshot->image.span().begin()));
        QVERIFY(snapshot->weights == weights);
        QVERIFY(snapshot->seconds > 0.0);
    }

    void onlyTheAskedLayersAreKept() {
        const NetworkSpec spec = inspectedNetwork("residual");
        const NodeId conv = spec.nodeByName("Conv 2")->id;
        auto probe = ActivationProbe::create(spec, {conv}).value();
        QVERIFY(probe->bind(shared(livelyWeights(spec))).ok());
        const auto snapshot = probe->run(randomImage({3, 16, 16}).view()).value();
        QCOMPARE(snapshot->outputs.size(), std::size_t{1});
        QVERIFY(snapshot->outputs.contains(conv));
    }

    // Snapshots are copies: a later image or other weights leave earlier ones as they were.
    void snapshotsStay() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        auto probe = ActivationProbe::create(spec).value();
        const WeightSetPtr weights = shared(livelyWeights(spec));
        const WeightSet before = *weights;
        QVERIFY(probe->bind(weights).ok());
        const Tensor image = randomImage({1, 32, 32});
        const auto first = probe->run(image.view()).value();
        const std::vector<float> logits = first->logits;
        QVERIFY(probe->run(randomImage({1, 32, 32}, 9).view()).value()->logits != logits);
        QVERIFY(probe->bind(shared(livelyWeights(spec, 8))).ok());
        QVERIFY(probe->run(image.view()).value()->logits != logits);
        QVERIFY(first->logits == logits);
        QVERIFY(probe->bind(weights).ok());
        QVERIFY(probe->run(image.view()).value()->logits == logits);
        QVERIFY(sameWeights(*weights, before));
    }

    void refusesWhatDoesNotFit() {
        const NetworkSpec spec = inspectedNetwork("lenet-like");
        auto probe = ActivationProbe::create(spec).value();
        QVERIFY_EXCEPTION_THROWN(static_cast<void>(probe->run(randomImage({1, 32, 32}).view())),
                                 InvariantError);
        QVERIFY(probe->bind(shared(livelyWeights(spec))).ok());
        const auto run = probe->run(randomImage({3, 28, 28}).view());
        QCOMPARE(run.error().code, ErrorCode::ShapeMismatch);
        QVERIFY2(run.error().message.find("3×28×28") != std::string::npos, run.error().message.c_str());
        QVERIFY2(run.error().message.find("1×32×32") != std::string::npos, run.error().message.c_str());
        const NetworkSpec other = inspectedNetwork("residual");
        QCOMPARE(probe->bind(shared(livelyWeights(other))).error().code, ErrorCode::ShapeMismatch);
        QVERIFY(!ActivationProbe::create(NetworkSpec{}).ok());
    }

    void softmaxOfLargeScores() {
        const auto values = softmaxOf(std::vector<float>{1000.0F, 1001.0F, -1000.0F});
        QVERIFY(std::abs(values[0] - 1.0 / (1.0 + std::exp(1.0))) < 1e-7);
        QVERIFY(std::abs(values[1] - 1.0 / (1.0 + std::exp(-1.0))) < 1e-7);
        QCOMPARE(values[2], 0.0F);
        QVERIFY(softmaxOf({}).empty());
    }

    void divergenceOfTwoSnapshots() {
        ActivationSnapshot a;
        ActivationSnapshot b;
        for (const int layer : {1, 2, 3}) {
            a.outputs[NodeId{layer}] = Tensor(Shape{4});
            b.outputs[NodeId{layer}] = Tensor(Shape{4});
        }
        a.outputs[NodeId{1}].data()[0] = 3.0F;
        a.outputs[NodeId{1}].data()[1] = 4.0F;
        b.outputs[NodeId{1}].data()[0] = 3.0F;
        b.outputs[NodeId{1}].data()[1] = 2.0F;
        b.outputs[NodeId{3}].data()[0] = 1.0F;
        b.outputs[NodeId{7}] = Tensor(Shape{4});
        const auto divergence = layerDivergence(a, b);
        QCOMPARE(divergence.size(), std::size_t{3});
        QCOMPARE(divergence.at(NodeId{1}), 0.4);
        QCOMPARE(divergence.at(NodeId{2}), 0.0);
        QVERIFY(std::isinf(divergence.at(NodeId{3})));
    }

    void predictionsAreThoseOfEvaluate() {
        const DatasetPtr data = tinyDataset(200);
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = trained(spec, data);
        for (const std::int64_t limit : {0, 150, 7}) {
            const Evaluation expected = evaluate(spec, weights, *data, Split::Validation, limit).value();
            const auto table = predictSplit(spec, weights, *data, Split::Validation, limit).value();
            QCOMPARE(static_cast<std::int64_t>(table.rows.size()), expected.images);
            QCOMPARE(table.accuracy(), expected.accuracy);
            QVERIFY(table.confusion() == expected.confusion);
            QCOMPARE(static_cast<std::int64_t>(table.wrong().size()), expected.images - table.correct());
            std::int64_t cells = 0;
            for (int label = 0; label < kTinyClasses; ++label) {
                for (int predicted = 0; predicted < kTinyClasses; ++predicted) {
                    const auto cell = table.cell(label, predicted);
                    cells += static_cast<std::int64_t>(cell.size());
                    for (const std::int64_t index : cell) {
                        QCOMPARE(data->label(Split::Validation, index), label);
                        QCOMPARE(table.rows[static_cast<std::size_t>(index)].predicted, predicted);
                    }
                }
            }
            QCOMPARE(cells, expected.images);
        }
        QVERIFY(trained(spec, data).parameters == weights.parameters);
    }

    void probabilitiesAreThoseOfTheProbe() {
        const DatasetPtr data = tinyDataset();
        const NetworkSpec spec = tinyNetwork();
        const WeightSetPtr weights = shared(livelyWeights(spec));
        const auto table = predictSplit(spec, *weights, *data, Split::Test).value();
        for (std::size_t i = 0; i < table.rows.size(); ++i) {
            Tensor image(Shape{1, 8, 8});
            data->image(Split::Test, static_cast<std::int64_t>(i), image.span());
            const auto snapshot = snapshotOf(spec, weights, &image);
            QCOMPARE(table.rows[i].predicted, snapshot->predicted);
            const float expected = snapshot->probabilities[static_cast<std::size_t>(snapshot->predicted)];
            QVERIFY(std::abs(table.rows[i].probability - expected) < 1e-5F);
        }
    }

    void predictionsCanBeCancelled() {
        const DatasetPtr data = tinyDataset(300);
        const NetworkSpec spec = tinyNetwork();
        const WeightSet weights = livelyWeights(spec);
        int calls = 0;
        const auto cancelled =
            predictSplit(spec, weights, *data, Split::Validation, 0, [&](double) { return ++calls < 2; });
        QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
        QCOMPARE(calls, 2);
        const auto misfit = predictSplit(tinyNetwork(4), livelyWeights(tinyNetwork(4)), *data, Split::Test);
        QCOMPARE(misfit.error().code, ErrorCode::ShapeMismatch);
    }
};

QTEST_GUILESS_MAIN(TestActivations)
#include "tst_activations.moc"
