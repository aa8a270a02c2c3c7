// Whole networks in integers: bit for bit as the plain loops say, near the float32 ones, and what stays float and why.
#include <QTemporaryDir>
#include <QtTest>

#include <set>

#include "core/compress/quantization/document_quantization.h"
#include "core/compress/quantization/quantization_error.h"
#include "core/project/documents.h"
#include "core/project/project_file.h"
#include "tests/core/kind_network.h"
#include "tests/core/quantization_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

NetworkSpec networkNamed(const QString& name) {
    if (name == "residual") return residualNetwork();
    if (name == "mixed") return mixedNetwork();
    if (name == "tiny") return tinyNetwork();
    if (name == "pre-activation") {  // a batch norm with nothing to fold into; depthwise; two paths side by side
        using I = std::vector<std::int64_t>;
        NetworkSpec spec = chain({{"input", {{"shape", I{3, 10, 10}}}}, {"batch_norm", {}}, {"relu", {}},
                                  {"conv2d", {{"filters", std::int64_t{6}}, {"groups", std::int64_t{3}}, {"pads", I{1, 1, 1, 1}}}},
                                  {"conv2d", {{"filters", std::int64_t{6}}, {"groups", std::int64_t{6}}, {"stride", I{2, 2}}}},
                                  {"batch_norm", {}}, {"leaky_relu", {}}, {"avg_pool", {{"pads", I{1, 1, 0, 0}}, {"count_include_pad", false}}},
                                  {"flatten", {}}, {"dense", {{"units", std::int64_t{12}}}}, {"batch_norm", {}}, {"sigmoid", {}},
                                  {"dense", {{"units", std::int64_t{4}}}}, {"output", {}}});
        return spec;
    }
    return makePreset(name.toStdString()).value();
}

const IntegerLayer& layerNamed(const IntegerNetwork& network, const std::string& name) {
    for (const IntegerLayer& layer : network.layers) {
        if (layer.name == name) return layer;
    }
    throw std::runtime_error("no step " + name);
}

}  // namespace

class TestQuantizedModel : public QObject {
    Q_OBJECT

  private:
    static void addNetworks() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"lenet-like", "conv20-conv50", "mlp-512-256", "residual", "mixed", "tiny", "pre-activation"}) {
            QTest::newRow(name) << QString(name);
        }
    }

  private slots:
    void asThePlainLoopsSay_data() { addNetworks(); }
    void asThePlainLoopsSay() {
        QFETCH(QString, name);
        for (const bool perChannel : {true, false}) {
            const QuantizationCase test(networkNamed(name), perChannel ? 8 : 5, {.perChannel = perChannel});
            const IntegerNetwork network = test.network();
            const Images images = test.images(3);
            const PlainWalk plain(network, images.view());
            for (const int8::Isa isa : {int8::Isa::Portable, int8::fastestIsa()}) {
                const auto model = test.model({.maximumBatch = 3, .isa = isa});
                model->forward(images.view());
                const auto logits = model->logits().span();
                const IntegerLayer& last = network.layers[static_cast<std::size_t>(network.logits)];
                std::vector<float> expected;
                if (last.grid) {
                    for (const std::uint8_t q : plain.bytes(network.logits)) expected.push_back(last.grid->dequantize(q));
                } else {
                    expected = plain.floats(network.logits);
                }
                QVERIFY(std::ranges::equal(logits, expected));
            }
        }
    }

    void nearTheFloatNetwork_data() { addNetworks(); }
    void nearTheFloatNetwork() {
        QFETCH(QString, name);
        const QuantizationCase test(networkNamed(name));
        const Images images = test.images(16);
        const auto exact = test.floatModel(16);
        const auto rounded = test.model({.maximumBatch = 16});
        exact->forward(images.view());
        rounded->forward(images.view());
        const double sqnr = decibels(exact->logits().span(), rounded->logits().span());
        QVERIFY2(sqnr > 20.0, qPrintable(QString("%1 dB").arg(sqnr)));
        const QuantizationCase coarse(networkNamed(name), 3);
        const auto coarser = coarse.model({.maximumBatch = 16});
        coarser->forward(images.view());
        QVERIFY(decibels(exact->logits().span(), coarser->logits().span()) < sqnr);
    }

    void imagesDoNotInfluenceOneAnother() {
        const QuantizationCase test(residualNetwork());
        const Images images = test.images(7);
        const auto model = test.model({.maximumBatch = 7});
        const auto all = model->forward(images.view()).span();
        const std::vector<float> together(all.begin(), all.end());
        const std::int64_t pixels = images.tensor.size() / 7, classes = static_cast<std::int64_t>(together.size()) / 7;
        for (std::int64_t i = 0; i < 7; ++i) {
            Shape one = images.tensor.shape();
            one[0] = 1;
            const auto alone = model->forward({images.tensor.data() + i * pixels, one}).span();
            QVERIFY(std::equal(alone.begin(), alone.end(), together.begin() + i * classes));
        }
        const LossResult result = model->evaluate(images.view(), images.labels);
        QCOMPARE(result.count, std::int64_t{7});
    }

    void batchNormIsFoldedExactly() {
        const QuantizationCase test(tinyNetwork());
        const IntegerNetwork network = test.network();
        const IntegerLayer& conv = layerNamed(network, "Conv 1");
        QCOMPARE(conv.joined.size(), std::size_t{2});  // batch norm, relu
        // Scale and integers give the folded weights again: |γ| / √(σ² + ε) in the scale, the sign in the integers.
        const auto& integers = std::get<int8::Convolution>(conv.operation).weight;
        const auto values = [&](const std::string& node, const std::string& name) {
            return test.weights.values(*test.weights.layout->find(test.spec.nodeByName(node)->id, name));
        };
        const auto weights = values("Conv 1", "weight"), gamma = values("Batch norm 1", "weight"), variance = values("Batch norm 1", "running_var");
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const std::size_t o = i / 9;
            const double folded = weights[i] * gamma[o] / std::sqrt(variance[o] + 1e-5);
            QVERIFY(std::abs(conv.weightScale[o] * integers[i] - folded) <= 0.5001 * conv.weightScale[o]);
        }
    }

    void reluNeedsNoStepOfItsOwn() {
        const QuantizationCase test(makePreset("conv20-conv50").value());
        const IntegerNetwork network = test.network();
        const auto& convolution = std::get<int8::Convolution>(layerNamed(network, "Conv 1").operation);
        QCOMPARE(convolution.requantization.low, convolution.requantization.zeroPoint);
        QCOMPARE(convolution.requantization.zeroPoint, 0);
        QCOMPARE(network.integerMacs(), analyze(test.spec).total.macs);
        QCOMPARE(network.floatMacs(), std::int64_t{0});
    }

    void whatStaysFloatAndWhy() {
        QuantizationCase test(makePreset("conv20-conv50").value());
        const NodeId second = test.spec.nodeByName("Conv 2")->id;
        test.plan.layers[second].bits = kFloatBits;
        const auto model = test.model({.maximumBatch = 4});
        std::map<std::string, std::string> how;
        for (const QuantizedLayerPlan& row : model->plan()) {
            if (!row.integer) how[row.name] = row.how;
        }
        QVERIFY(how.contains("Conv 2") && how["Conv 2"].find("32 bits") != std::string::npos);
        QVERIFY(how.contains("Softmax 1") && how["Softmax 1"].find("exponentials") != std::string::npos);
        QVERIFY(!how.contains("Conv 1"));
        // Mixed, it still computes the network.
        const Images images = test.images(4);
        const auto exact = test.floatModel(4);
        exact->forward(images.view());
        model->forward(images.view());
        QVERIFY(decibels(exact->logits().span(), model->logits().span()) > 20.0);
        test.plan.layers[second] = {.bits = 4, .levels = WeightLevels::KMeans};
        QVERIFY(layerNamed(test.network(), "Conv 2").how.find("codebook") != std::string::npos);
    }

    void probabilitiesSumToOne() {
        const QuantizationCase test(makePreset("lenet-like").value());
        const auto model = test.model({.maximumBatch = 5});
        const Images images = test.images(5);
        const auto output = model->forward(images.view());
        for (std::int64_t i = 0; i < 5; ++i) {
            double sum = 0.0;
            for (std::int64_t c = 0; c < 10; ++c) sum += output[10 * i + c];
            QVERIFY(std::abs(sum - 1.0) < 1e-5);
        }
        QCOMPARE(model->layerSeconds().size(), model->plan().size());
    }

    void weightsOnly() {
        QuantizationSettings settings;
        settings.activationBits = kFloatBits;
        const QuantizationCase test(makePreset("lenet-like").value(), 4, settings);
        const auto model = test.model({.maximumBatch = 4});
        const Images images = test.images(4);
        model->forward(images.view());
        const auto rounded = test.floatModel(4);
        QVERIFY(rounded->bind(dequantizedWeights(test.spec, test.weights, test.plan).value()).ok());
        rounded->forward(images.view());
        QVERIFY(std::ranges::equal(model->logits().span(), rounded->logits().span()));
        QVERIFY(model->plan().front().how.find("float32") != std::string::npos);
        const auto integers = makeIntegerNetwork(test.spec, test.weights, test.plan, test.ranges);
        QVERIFY(!integers.ok() && integers.error().sentence().find("32 bits") != std::string::npos);
    }

    // Which networks those are, is measured by bench_int8.
    void saysWhereIntegersAreSlower() {
        for (const char* name : {"lenet-like", "conv20-conv50", "mlp-512-256"}) {
            const IntegerNetwork network = QuantizationCase(makePreset(name).value()).network();
            QCOMPARE(slowerInIntegers(network, 1, int8::Isa::Avx2), std::string());
            QVERIFY(slowerInIntegers(network, 1, int8::Isa::Portable).find("neither AVX2 nor VNNI") != std::string::npos);
        }
        using Integers = std::vector<std::int64_t>;
        ChainBuilder builder("Depthwise");
        builder.input({8, 12, 12});
        for (int layer = 0; layer < 3; ++layer) {
            builder.add("conv2d", {{"filters", std::int64_t{8}}, {"kernel", Integers{3, 3}}, {"pads", Integers{1, 1, 1, 1}},
                                   {"groups", std::int64_t{8}}}).relu();
        }
        builder.add("global_avg_pool").classifier(10);
        const IntegerNetwork network = QuantizationCase(builder.build()).network();
        // 3 · 1152 · 9 + 80 products over 4 · 1152 + 8 + 2 · 10 values
        const std::string one = slowerInIntegers(network, 1, int8::Isa::Avx2);
        QVERIFY2(one.find("image by image: only 6 multiplications go into each value") != std::string::npos, one.c_str());
        const std::string many = slowerInIntegers(network, 64, int8::Isa::AvxVnni);
        QVERIFY2(many.find("slower than float32: only 6 multiplications") != std::string::npos, many.c_str());
    }

    void refusals() {
        QuantizationCase test(tinyNetwork());
        test.ranges.ranges.erase(test.spec.nodeByName("ReLU 1")->id);
        const auto missing = makeIntegerNetwork(test.spec, test.weights, test.plan, test.ranges);
        QVERIFY(!missing.ok() && missing.error().sentence().find("[Conv 1] there is no calibrated range") == 0);
        QuantizationCase nothing(tinyNetwork(), kFloatBits);
        const auto empty = makeIntegerNetwork(nothing.spec, nothing.weights, nothing.plan, nothing.ranges);
        QVERIFY(!empty.ok() && empty.error().sentence().find("quantises no layer") != std::string::npos);
        const auto batch = QuantizedModel::make(test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 0});
        QVERIFY(!batch.ok());
        const QuantizationCase other(makePreset("lenet-like").value());
        QVERIFY(!makeIntegerNetwork(test.spec, other.weights, test.plan, test.ranges).ok());
    }

    void packedBytesAreThoseOfTheBits() {
        const QuantizationCase test(makePreset("lenet-300-100").ok() ? makePreset("lenet-300-100").value() : makePreset("mlp-512-256").value(), 4);
        std::int64_t expected = 0;
        for (const ParameterEntry& entry : test.weights.layout->entries) {
            const std::int64_t count = entry.spec.shape.size();
            expected += entry.spec.role == ParameterRole::Weight ? count / 2 + 4 * entry.spec.shape[0] : 4 * count;
        }
        QCOMPARE(packedBytes(test.spec, test.weights, test.plan), expected);
    }

    // The x-ray: coarser weights hurt the layer that has them, and those behind it.
    void errorsOfTheLayers() {
        QuantizationCase test(makePreset("conv20-conv50").value());
        const std::vector<std::int64_t> indices{0, 1, 2, 3, 4, 5, 6, 7};
        const auto errors = [&] {
            std::map<std::string, LayerQuantizationError> rows;
            const auto found = quantizationErrors(test.spec, test.weights, test.plan, test.ranges, *test.dataset, Split::Validation, indices);
            for (const auto& row : found.value()) rows[row.name] = row;
            return rows;
        };
        auto fine = errors();
        QCOMPARE(fine.size(), std::size_t{5});  // input, two convolutions, two dense layers
        QVERIFY(std::isinf(fine["Input"].weightSqnr));
        QVERIFY(fine["Conv 1"].weightSqnr > 35.0 && fine["Conv 1"].outputSqnr > 30.0);
        test.plan.layers[test.spec.nodeByName("Conv 2")->id].bits = 2;
        auto coarse = errors();
        QCOMPARE(coarse["Conv 1"].outputSqnr, fine["Conv 1"].outputSqnr);
        QVERIFY(coarse["Conv 2"].weightSqnr < 15.0);
        QVERIFY(coarse["Conv 2"].outputSqnr < fine["Conv 2"].outputSqnr - 10.0);
        QVERIFY(coarse["Conv 2"].outputMaxError > fine["Conv 2"].outputMaxError);
        QVERIFY(coarse["Dense 1"].outputSqnr < fine["Dense 1"].outputSqnr);
        const auto none = quantizationErrors(test.spec, test.weights, test.plan, test.ranges, *test.dataset, Split::Validation, {});
        QVERIFY(!none.ok());
    }

    void histogramWithItsGrid() {
        const QuantizationCase test(makePreset("conv20-conv50").value());
        const NodeId layer = test.spec.nodeByName("Conv 2")->id;
        const auto whole = weightHistogram(test.weights, layer, 4, {}, -1, 64).value();
        QCOMPARE(std::accumulate(whole.counts.begin(), whole.counts.end(), std::int64_t{0}), std::int64_t{50 * 20 * 25});
        QCOMPARE(whole.grid.highest, 7);
        QCOMPARE(whole.clipped, std::int64_t{0});
        const auto clipped = weightHistogram(test.weights, layer, 2, {.range = "mse"}, 3, 64).value();
        QCOMPARE(std::accumulate(clipped.counts.begin(), clipped.counts.end(), std::int64_t{0}), std::int64_t{500});
        QVERIFY(clipped.limits().high < whole.limits().high);
        QVERIFY(!weightHistogram(test.weights, layer, 4, {}, 50, 64).ok());
    }

    // What a document says about its integers is about the weights of one run.
    void documentsForgetTheirIntegersWithTheNextRun() {
        if (const auto missing = documentsMissing()) QSKIP(missing->sentence().c_str());
        const QTemporaryDir folder;
        const QuantizationCase test(tinyNetwork());
        const auto project = ProjectFile::create(folder.filePath(QStringLiteral("tiny.convolab")).toStdString()).value();
        QVERIFY(!readQuantization(*project, test.spec).value().has_value());
        const std::int64_t run = project->beginRun(test.spec, tinyRecipe(), "cpu");
        writeQuantization(*project, test.spec, run, {test.plan, test.ranges});
        const auto back = readQuantization(*project, test.spec).value();
        QVERIFY(back.has_value());
        QCOMPARE(back->plan, test.plan);
        QVERIFY(back->ranges.ranges == test.ranges.ranges);
        project->beginRun(test.spec, tinyRecipe(), "cpu");
        QVERIFY(!readQuantization(*project, test.spec).value().has_value());
    }

    // Who times the rows need not read their words.
    void rowsSayWhetherTheyRun() {
        const QuantizationCase test(makePreset("lenet-like").value());
        const auto model = test.model();
        std::map<std::string, QuantizedLayerPlan> rows;
        for (const QuantizedLayerPlan& row : model->plan()) rows[row.name] = row;
        for (const char* name : {"Input", "Conv 1", "Pool 1", "Dense 1", "Softmax 1"}) QVERIFY2(rows[name].runs && !rows[name].reorders, name);
        QVERIFY(!rows["ReLU 1"].runs);
        QVERIFY(!rows["Output"].runs);
        QVERIFY(rows["Flatten 1"].runs && rows["Flatten 1"].reorders);
    }

    void accuracyOfAPlan() {
        const QuantizationCase test(tinyNetwork());
        const std::vector<std::int64_t> indices{1, 5, 9, 20};
        const Evaluation evaluation = quantizedAccuracy(test.spec, test.weights, test.plan, test.seen, *test.dataset, Split::Validation, indices).value();
        QCOMPARE(evaluation.images, std::int64_t{4});
        const auto model = test.model();
        QCOMPARE(evaluateQuantized(*model, *test.dataset, Split::Validation, 0, indices).value().loss, evaluation.loss);
    }

    // A kind either computes about what the float network does, or a sentence names the layer that cannot.
    void everyKindOrASentence() {
        const std::set<std::string> refused{"multiply", "softmax", "log_softmax"};
        for (const LayerKind* kind : layerKinds()) {
            if (kind->group == LayerGroup::Input || kind->group == LayerGroup::Output) continue;
            for (const LayerExample& example : kind->examples) {
                const QuantizationCase test(networkAround(*kind, example, true));
                const auto made = QuantizedModel::make(test.spec, test.weights, test.plan, test.ranges, {.maximumBatch = 8});
                const std::string name = test.spec.name;
                QVERIFY2(made.ok() != refused.contains(kind->id), (name + (made.ok() ? "" : ": " + made.error().sentence())).c_str());
                if (!made.ok()) {
                    QVERIFY2(made.error().code == ErrorCode::Unsupported && !made.error().node.empty(), made.error().sentence().c_str());
                    continue;
                }
                if (kind->id == "step") continue;  // a value that rounding moves over 0 jumps
                const Images images = test.images(8);
                const auto exact = test.floatModel(8);
                exact->forward(images.view());
                (*made)->forward(images.view());
                const auto expected = exact->logits().span();
                const auto [low, high] = std::ranges::minmax(expected);
                const double error = [&] {
                    double largest = 0.0;
                    for (std::size_t i = 0; i < expected.size(); ++i) largest = std::max(largest, std::abs(double{(*made)->logits().span()[i]} - expected[i]));
                    return largest / (high - low);
                }();
                QVERIFY2(error < 0.15, qPrintable(QString("%1: off by %2 of the range").arg(name.c_str()).arg(error)));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestQuantizedModel)
#include "tst_quantized_model.moc"
