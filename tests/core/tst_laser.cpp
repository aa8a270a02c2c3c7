// The five numbers of one network as one value, and their JSON and CSV.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/attack/attack_text.h"
#include "core/compress/quantization/quantized_model.h"
#include "core/graph/presets.h"
#include "core/interop/onnx_export.h"
#include "core/measure/layer_metric.h"
#include "core/measure/pareto.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct Trained {
    NetworkSpec spec = tinyNetwork();
    DatasetPtr dataset = tinyDataset();
    WeightSetPtr weights;

    Trained() {
        auto loop = TrainingLoop::create(spec, dataset, tinyRecipe());
        while (!(*loop)->finished()) {
            if (!(*loop)->runStep().ok()) qFatal("the training failed");
        }
        weights = (*loop)->publish();
    }
};

LaserRequest tinyRequest() {
    static const Trained trained;
    LaserRequest request{.name = "Tiny, trained", .spec = trained.spec, .weights = trained.weights, .dataset = trained.dataset};
    request.latency = {.batches = {1, 4}, .seconds = 0.02, .warmUpRuns = 1};
    request.attack = *parseAttack("pgd:eps=0.1,steps=5");
    request.attackImages = 15;
    request.rhoImages = 9;
    request.meterFolder = "/nonexistent";
    return request;
}

LaserCard cardOf(const LaserRequest& request) {
    auto card = measureLaser(request);
    if (!card.ok()) qFatal("%s", card.error().sentence().c_str());
    return *card;
}

}  // namespace

class TestLaser : public QObject {
    Q_OBJECT

  private slots:
    void allFive() {
        const LaserRequest request = tinyRequest();
        const LaserCard card = cardOf(request);
        QCOMPARE(card.latency.batches.size(), std::size_t{2});
        QVERIFY(card.accuracy.has_value());
        QCOMPARE(card.accuracy->images, std::int64_t{20});
        const auto expected = evaluate(request.spec, *request.weights, *request.dataset, Split::Test);
        QCOMPARE(card.accuracy->top1, expected->accuracy);
        QCOMPARE(card.accuracy->top5, 1.0);
        const Analysis analysis = analyze(request.spec);
        QCOMPARE(card.size.parameters, analysis.total.parameters);
        QCOMPARE(card.size.macs, analysis.total.macs);
        QCOMPARE(card.size.flops(), 2 * analysis.total.macs);
        QVERIFY(card.size.arenaBytes > 0);
        QCOMPARE(card.size.onnxBytes.has_value(), !onnxMissing().has_value());
        QVERIFY(onnxMissing() || *card.size.onnxBytes > card.size.weightBytes);
        QCOMPARE(card.size.shippedBytes(), card.size.onnxBytes.value_or(card.size.weightBytes));
        QVERIFY(card.energy.total() > 0.0);
        QVERIFY(!card.measuredEnergy.has_value());
        QVERIFY(QString::fromStdString(card.measuredEnergyNote).contains("not readable"));
        QVERIFY(card.robustness.has_value());
        QCOMPARE(card.robustness->images, std::int64_t{15});
        QVERIFY(card.robustness->robustAccuracy <= card.robustness->cleanAccuracy);
        QVERIFY(card.robustness->rho.has_value() && *card.robustness->rho > 0.0);
    }

    void quantisedNetworksAreMeasuredInIntegers() {
        LaserRequest request = tinyRequest();
        const LaserCard before = cardOf(request);
        CompressionPlan plan;
        for (const NodeId layer : compressibleLayers(request.spec)) plan.layers[layer].bits = 8;
        request.quantization = DocumentQuantization{.plan = plan, .ranges = {}};
        const LaserCard card = cardOf(request);
        QCOMPARE(before.arithmetic, std::string("float32"));
        QCOMPARE(card.arithmetic, std::string("8-bit integers"));

        const auto seen = observeActivations(request.spec, *request.weights, *request.dataset, plan.quantization, plan.seed);
        QVERIFY2(seen.ok(), seen.ok() ? "" : seen.error().sentence().c_str());
        const auto ranges = chooseRanges(*seen, plan.quantization);
        const auto model = QuantizedModel::make(request.spec, *request.weights, plan, *ranges);
        QVERIFY(model.ok());
        const auto expected = evaluateQuantized(**model, *request.dataset, Split::Test);
        QCOMPARE(card.accuracy->top1, expected->accuracy);
        QCOMPARE(card.accuracy->loss, expected->loss);
        QVERIFY(card.accuracy->loss != before.accuracy->loss);

        QCOMPARE(*card.size.packedBytes, packedBytes(request.spec, *request.weights, plan));
        QVERIFY(card.size.shippedBytes() < before.size.shippedBytes());
        QVERIFY(card.size.bytesMoved < before.size.bytesMoved);
        QVERIFY(card.energy.total() < before.energy.total());
        bool someLayerIsInIntegers = false;
        for (const LayerWork& work : card.work) {
            const bool weighted = plan.layers.contains(work.node);
            QCOMPARE(work.weightBits, weighted ? 8 : 32);
            someLayerIsInIntegers = someLayerIsInIntegers || (weighted && work.valueBits == 8);
            QVERIFY2(card.latency.find(1)->find(work.node) != nullptr, work.name.c_str());
        }
        QVERIFY(someLayerIsInIntegers);
        QVERIFY(std::ranges::any_of(card.notes, [](const std::string& note) { return note.find("no gradient") != std::string::npos; }));
        QCOMPARE(nlohmann::json::parse(laserJson(card))["arithmetic"], "8-bit integers");
    }

    void weightsOnlyPlansStayFloat() {
        LaserRequest request = tinyRequest();
        CompressionPlan plan;
        plan.quantization.activationBits = kFloatBits;
        for (const NodeId layer : compressibleLayers(request.spec)) plan.layers[layer].bits = 3;
        request.quantization = DocumentQuantization{.plan = plan, .ranges = {}};
        const LaserCard card = cardOf(request);
        QCOMPARE(card.arithmetic, std::string("float32 with rounded weights"));
        const auto rounded = dequantizedWeights(request.spec, *request.weights, plan);
        QCOMPARE(card.accuracy->loss, evaluate(request.spec, *rounded, *request.dataset, Split::Test)->loss);
        for (const LayerWork& work : card.work) QCOMPARE(work.valueBits, 32);
    }

    void withoutDataActivationsStayFloat() {
        LaserRequest request = tinyRequest();
        request.dataset = nullptr;
        CompressionPlan plan;
        for (const NodeId layer : compressibleLayers(request.spec)) plan.layers[layer].bits = 8;
        request.quantization = DocumentQuantization{.plan = plan, .ranges = {}};
        const LaserCard card = cardOf(request);
        QCOMPARE(card.arithmetic, std::string("float32 with rounded weights"));
        QVERIFY(std::ranges::any_of(card.notes, [](const std::string& note) { return note.find("need a data set") != std::string::npos; }));
    }

    void withoutWeightsOrDataThoseNumbersAreAbsent() {
        LaserRequest request = tinyRequest();
        request.weights = nullptr;
        LaserCard card = cardOf(request);
        QVERIFY(!card.accuracy && !card.robustness && !card.size.onnxBytes);
        QVERIFY(!card.notes.empty());
        QVERIFY(card.latency.find(1)->seconds.median > 0.0);
        request = tinyRequest();
        request.dataset = nullptr;
        card = cardOf(request);
        QVERIFY(!card.accuracy && !card.robustness && card.size.onnxBytes.has_value() == !onnxMissing());
        const auto json = nlohmann::json::parse(laserJson(card));
        QVERIFY(json["accuracy"].is_null() && json["robustness"].is_null());
    }

    void jsonHasTheKeysOfTheContract() {
        const LaserCard card = cardOf(tinyRequest());
        const auto json = nlohmann::json::parse(laserJson(card));
        QCOMPARE(json["latency"]["batch_1"]["median"].get<double>(), card.latency.find(1)->seconds.median);
        QVERIFY(json["latency"].contains("batch_4"));
        for (const char* key : {"p95", "iqr", "runs", "warm_up_runs", "threads"}) QVERIFY2(json["latency"]["batch_1"].contains(key), key);
        for (const char* key : {"top1", "top5", "images", "split"}) QVERIFY2(json["accuracy"].contains(key), key);
        for (const char* key : {"parameters", "macs", "flops", "arena_bytes", "activation_bytes", "bytes_moved", "onnx_bytes"})
            QVERIFY2(json["size"].contains(key), key);
        QCOMPARE(json["energy"]["model"]["joules_per_image"].get<double>(), card.energy.total());
        QCOMPARE(json["energy"]["model"]["wording"].get<std::string>(), std::string(kModelledWording));
        QVERIFY(json["energy"]["measured"].is_null());
        QCOMPARE(json["robustness"]["robust_accuracy"].get<double>(), card.robustness->robustAccuracy);
        QCOMPARE(json["layers"].size(), card.work.size());
        QCOMPARE(json["layers"][1]["name"].get<std::string>(), std::string("Conv 1"));
        QVERIFY(json["layers"][1]["batch_1"]["seconds"].get<double>() > 0.0);
        QVERIFY(json["layers"][2]["macs"].is_null());
    }

    void csvHasALineForEachLayerAndTheNetwork() {
        const LaserCard card = cardOf(tinyRequest());
        const QStringList lines = QString::fromStdString(layersCsv(card)).split("\r\n", Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), static_cast<qsizetype>(card.work.size()) + 3);  // header, between, network
        const auto columns = lines[0].count(',');
        for (const QString& line : lines) QCOMPARE(line.count(','), columns);
        QVERIFY(lines.last().startsWith("network"));
        const QStringList cards = QString::fromStdString(laserCsv(std::vector{card, card})).split("\r\n", Qt::SkipEmptyParts);
        QCOMPARE(cards.size(), 3);
        QVERIFY(cards[1].startsWith("\"Tiny, trained\","));
    }

    void metricsAnswerForEveryLayer() {
        const LaserCard card = cardOf(tinyRequest());
        double energy = 0.0, macs = 0.0;
        for (std::size_t i = 0; i < card.work.size(); ++i) {
            QVERIFY(findLayerMetric("time")->value(card, i, 1).has_value());
            QVERIFY(!findLayerMetric("time")->value(card, i, 999).has_value());
            QVERIFY(*findLayerMetric("moved")->value(card, i, 4) <= *findLayerMetric("moved")->value(card, i, 1));
            energy += *findLayerMetric("energy")->value(card, i, 1);
            macs += findLayerMetric("macs")->value(card, i, 1).value_or(0.0);
        }
        QVERIFY(std::abs(energy / card.energy.total() - 1.0) < 1e-9);
        QCOMPARE(macs, static_cast<double>(card.size.macs));
        QVERIFY(findLayerMetric("colour") == nullptr);
        for (const LaserAxis& axis : laserAxes()) QVERIFY2(axis.value(card).has_value(), axis.id.c_str());
    }

    void switchesChangeTheEnergyOnly() {
        LaserCard card = cardOf(tinyRequest());
        const double dram = card.energy.total();
        card.priceEnergy({WeightHome::BySize, 1});
        QVERIFY(card.energy.total() < dram);
        card.priceEnergy({WeightHome::Dram, 64});
        QVERIFY(card.energy.total() < dram);
        card.priceEnergy({WeightHome::Dram, 1});
        QCOMPARE(card.energy.total(), dram);
    }

    void cancelledAnywhere_data() {
        QTest::addColumn<double>("at");
        for (const double at : {0.0, 0.1, 0.5, 0.75, 0.902}) QTest::addRow("at %g", at) << at;
    }
    void cancelledAnywhere() {
        QFETCH(double, at);
        const auto card = measureLaser(tinyRequest(), [at](double share, const std::string&) { return share < at; });
        QVERIFY(!card.ok());
        QVERIFY(card.error().code == ErrorCode::Cancelled);
    }

    void progressNamesWhatItDoes() {
        std::vector<double> shares;
        QStringList parts;
        QVERIFY(measureLaser(tinyRequest(), [&](double share, const std::string& what) {
                    shares.push_back(share);
                    if (parts.isEmpty() || parts.last().toStdString() != what) parts << QString::fromStdString(what);
                    return true;
                }).ok());
        QVERIFY(std::is_sorted(shares.begin(), shares.end()));
        QCOMPARE(shares.back(), 1.0);
        QVERIFY(parts.contains("latency") && parts.contains("accuracy") && parts.contains("robustness"));
    }
};

QTEST_GUILESS_MAIN(TestLaser)
#include "tst_laser.moc"
